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

/// Columns of one chunk file: tensors, and texts. Those of an image group that holds items (objects) have one
/// row per image or one per item; `lengths` has the number of each image's items.
struct Chunk {
  std::size_t rows = 0;
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::vector<std::string>> strings;
  std::filesystem::path path;  ///< where it was read from, for messages

  /// These throw InputError if the chunk has no such column, or one of another type or length.
  /// [rows, …] float32.
  const at::Tensor& tensor(const std::string& name) const;
  /// [the sum of `lengths`, …].
  const at::Tensor& items(const std::string& name, at::ScalarType type = at::kFloat) const;
  const std::vector<std::string>& texts(const std::string& name) const;
  std::span<const std::int64_t> int64s(const std::string& name) const;
  std::span<const double> doubles(const std::string& name) const;

 private:
  const at::Tensor& column(const std::string& name, at::ScalarType type, std::size_t length) const;
};

/// Written whole under its name or not at all. Throws InputError.
void write_chunk(const std::filesystem::path& path, const Chunk& chunk);

/// The columns asked for that the chunk has; all of them if none are named. Throws InputError `store chunk
/// <path>: …` if the file is missing, if its header or one of these columns is damaged, or if it is not a
/// chunk. Takes any bytes: what it returns is sound, whoever wrote it.
Chunk read_chunk(const std::filesystem::path& path, const std::vector<std::string>& columns = {});

}  // namespace tise::store
