#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tise/base/files.h"
#include "tise/store/chunk.h"
#include "tise/store/rows.h"

namespace tise::store {

/// Column groups that aren't named after a model: captions, names of the run's images, later states of files.
inline constexpr const char* kPairs = "pairs";
inline constexpr const char* kImages = "images";
inline constexpr const char* kFiles = "files";

/// Throws InputError `store <folder>: <why>`.
[[noreturn]] void refuse(const std::filesystem::path& folder, const std::string& why);

/// The file that names the process using a store.
inline constexpr const char* kLockFile = "lock";

/// Locks a store's folder for this process as long as the returned file is open. Throws InputError that names
/// the process holding the lock.
Descriptor hold(const std::filesystem::path& folder);

/// The name of a chunk file: `clip-000012.safetensors` for the group `clip`.
std::string chunk_name(const std::string& group, std::size_t number);

/// The chunk files in a folder, by group and number. Throws InputError.
std::map<std::string, std::map<std::size_t, std::filesystem::path>> chunks_in(
    const std::filesystem::path& folder);

/// The columns of a chunk that hold file states, next to `names` and `sha256`.
struct StateColumn {
  const char* name;
  std::int64_t data::FileState::*field;
};
inline constexpr std::array<StateColumn, 4> kStateColumns{{
    {"inodes", &data::FileState::inode},
    {"sizes", &data::FileState::size},
    {"modified_ns", &data::FileState::modified_ns},
    {"changed_ns", &data::FileState::changed_ns},
}};

/// The columns of a chunk that hold image headers, next to `formats`.
struct PictureColumn {
  const char* name;
  std::int64_t image::PictureHeader::*field;
};
inline constexpr std::array<PictureColumn, 4> kPictureColumns{{
    {"widths", &image::PictureHeader::width},
    {"heights", &image::PictureHeader::height},
    {"frames", &image::PictureHeader::frames},
    {"orientations", &image::PictureHeader::orientation},
}};
inline constexpr const char* kFormats = "formats";

/// The files that a chunk's rows were computed from. Throws InputError if one of these columns is missing.
std::vector<FileIdentity> files_of(const Chunk& chunk);

}  // namespace tise::store
