#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/images.h"
#include "tise/data/left_out.h"

struct archive;
struct archive_entry;

namespace tise::data {

/// A .zip, .tar or .tar.gz whose entries are read where they are. Nothing is unpacked to disk, archives in
/// the archive are not opened, links are not followed.
///
/// It is read forwards: entries are quick to have in the order of their places. Threads that ask for
/// neighbours in some other order find those that were passed in memory.
class ImageArchive {
 public:
  struct Entry {
    std::string name;       ///< its path in the archive, with `/`
    std::size_t place = 0;  ///< among all entries
  };

  ImageArchive(std::filesystem::path path, std::string role);
  ImageArchive(const ImageArchive&) = delete;
  ImageArchive& operator=(const ImageArchive&) = delete;
  ~ImageArchive();

  struct Contents {
    std::vector<Entry> images;
    std::vector<Entry> texts;  ///< that may describe the image next to them
    LeftOut left_out;
  };

  /// The entries that are images by their names, or by their content if they have no extension, and what else
  /// looks like one; hidden ones are passed over.
  /// Reads to the archive's end. Throws InputError `<role> <path>: …` where it is damaged, unpacks to far
  /// more than its size, or has an image whose name leads out of the archive or that is a link.
  Contents contents() const;

  /// The bytes of an entry; may be called by several threads. Throws InputError where there are more than so
  /// many, or where they can't be read.
  std::vector<std::uint8_t> read(std::size_t place, std::size_t most) const;

  const std::filesystem::path& path() const { return path_; }

  /// Of its file, before anything was read of it.
  const std::optional<FileState>& state() const { return state_; }

 private:
  class Reader;
  static bool is_unnamed_image(Reader& reader, const std::string& name, LeftOut& left_out);
  [[noreturn]] void fail(const std::string& why) const;
  void check_unchanged() const;
  void keep(std::size_t place, std::vector<std::uint8_t> bytes) const;

  std::filesystem::path path_;
  std::string role_;
  std::optional<FileState> state_;
  mutable std::mutex reading_;
  mutable std::unique_ptr<Reader> reader_;  // where the last one stopped
  mutable std::map<std::size_t, std::vector<std::uint8_t>> passed_;
  mutable std::size_t passed_bytes_ = 0;
};

}  // namespace tise::data
