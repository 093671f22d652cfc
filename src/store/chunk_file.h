#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/files.h"
#include "tise/store/chunk.h"

namespace tise::store {

inline constexpr std::string_view kChunkRole = "store chunk";

/// Throws InputError `store chunk <path>: <why>; delete it and rerun the command that made the store`.
[[noreturn]] void refuse_chunk(const std::filesystem::path& path, const std::string& why = "damaged");

/// Where a tensor is in a chunk file, and its checksum.
struct StoredTensor {
  at::ScalarType type = at::kByte;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  ///< in bytes from the start of the file
  std::uint64_t size = 0;   ///< in bytes
  std::string crc32;
};

/// Whether the tensor's bytes match its checksum. Reads all of them, one block at a time.
bool is_intact(const RandomAccessFile& file, const StoredTensor& tensor);

/// An open chunk file with a checked header. Its columns are read on request.
class ChunkFile {
 public:
  /// Throws InputError as read_chunk does.
  explicit ChunkFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// Null if no tensor has this name.
  const StoredTensor* find(const std::string& name) const;
  /// The requested columns, or all; see read_chunk.
  Chunk read(const std::vector<std::string>& columns) const;

 private:
  void parse(std::string_view header);
  at::Tensor read(const std::string& name, const StoredTensor& tensor) const;
  std::vector<std::string> read_texts(const std::string& name, const at::Tensor& bytes,
                                      const StoredTensor& offsets) const;

  std::filesystem::path path_;
  RandomAccessFile file_;
  std::size_t rows_ = 0;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace tise::store
