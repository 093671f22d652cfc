#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tise::store {

/// One chunk file: named columns of equal length, each a tensor or strings.
///
/// On disk a tuple (key, value, key, value, …) in LibTorch's own serialisation, strings as tuples of strings,
/// so that `torch.load(path, weights_only=True)` reads it in Python.
struct Chunk {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::vector<std::string>> strings;
  std::filesystem::path path;  ///< where it was read from, for messages

  /// Throw InputError where the chunk has no such column.
  const at::Tensor& tensor(const std::string& name) const;
  const std::vector<std::string>& column(const std::string& name) const;
  /// The numbers of a column of so many rows. Throw InputError where it is of another kind or length.
  std::span<const std::int64_t> int64s(const std::string& name, std::size_t rows) const;
  std::span<const std::uint8_t> bytes(const std::string& name, std::size_t rows) const;
  std::span<const double> doubles(const std::string& name, std::size_t rows) const;
};

/// Written whole under its name or not at all. Throws InputError.
void write_chunk(const std::filesystem::path& path, const Chunk& chunk);

/// Throws InputError `store chunk <path>: …` where it isn't there, is damaged or is no chunk, or where
/// `lengths` doesn't fit the rows of its items. Takes any bytes: what it gives is sound, whoever wrote it.
Chunk read_chunk(const std::filesystem::path& path);

}  // namespace tise::store
