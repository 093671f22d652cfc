#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tise/metrics/moments.h"

namespace tise::metrics {

/// What a file of real statistics says.
struct Statistics {
  Moments moments;                          ///< count 0 where the file doesn't say
  std::optional<std::string> model_sha256;  ///< of the archive that made the features; only in our own files
  std::optional<std::string> preparation;   ///< likewise, as the model's card names it
  std::string path;
};

/// Reads an `.npz` with `mu` [F] and `sigma` [F, F], float32 or float64, as pytorch-fid and clean-fid write
/// them; ours adds `format`, `count`, `model_sha256` and `preparation`, which are believed only beside
/// `format`. Throws InputError `real statistics <path>: <why>`.
Statistics read_statistics(const std::filesystem::path& path);

/// Writes one that numpy reads with allow_pickle=False; the same statistics give the same bytes. Throws
/// InputError where it can't be written or there is no covariance.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics);

/// Whether the content is a zip with an array `mu` or `sigma`: statistics rather than images.
bool holds_statistics(const std::filesystem::path& path);

}  // namespace tise::metrics
