#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tise::store {

/// The columns of a chunk file: tensors and texts. If images have items (objects), a column has one row per
/// image or one row per item, and `lengths` has the number of items of each image.
struct Chunk {
  std::size_t rows = 0;
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::vector<std::string>> strings;
  std::filesystem::path path;  ///< the file it was read from, for messages

  /// These throw InputError if the column is missing, or has another type or length.
  /// [rows, …] float32.
  const at::Tensor& tensor(const std::string& name) const;
  /// [sum of `lengths`, …].
  const at::Tensor& items(const std::string& name, at::ScalarType type = at::kFloat) const;
  const std::vector<std::string>& texts(const std::string& name) const;
  std::span<const std::int64_t> int64s(const std::string& name) const;
  std::span<const double> doubles(const std::string& name) const;

 private:
  const at::Tensor& column(const std::string& name, at::ScalarType type, std::size_t length) const;
};

/// Writes the whole file or nothing. Throws InputError.
void write_chunk(const std::filesystem::path& path, const Chunk& chunk);

/// Reads the requested columns, or all if none are named; columns that the chunk doesn't have are skipped.
/// Throws InputError `store chunk <path>: …` if the file is missing, if its header or a requested column is
/// damaged, or if it isn't a chunk. Safe on any bytes: what it returns is valid, whoever wrote the file.
Chunk read_chunk(const std::filesystem::path& path, const std::vector<std::string>& columns = {});

}  // namespace tise::store
