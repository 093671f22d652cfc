#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/moments.h"

namespace tise::metrics {

/// Moments of features, and what made them.
struct FeatureStatistics {
  Moments moments;                          ///< count 0 where the file doesn't say
  std::optional<std::string> model_sha256;  ///< of the archive that made the features; only in our own files
  /// Likewise how their input was made: the model's card names it; of objects the detector and the threshold
  /// too.
  std::optional<std::string> preparation;
  /// Which images they are of: SHA-256 of their own, in the order of their names; of the file where a foreign
  /// one doesn't say.
  std::string set;
  std::vector<std::string> skipped = {};  ///< images left out as bad, with the reason; only in our own files
};

/// What a file of real statistics says.
struct Statistics {
  FeatureStatistics images;
  std::optional<FeatureStatistics> objects;  ///< of crops of objects; only in our own files
  std::string path;
};

/// Reads an `.npz` with `mu` [F] and `sigma` [F, F], float32 or float64, as pytorch-fid and clean-fid write
/// them; ours adds `format`, `count`, `model_sha256`, `preparation`, `set` and, if any
/// were, `skipped` (a line for each), and the same of objects (`objects_mu` …), which are believed only
/// beside `format`. Throws InputError `real statistics <path>: <why>`.
Statistics read_statistics(const std::filesystem::path& path);

/// Writes one that numpy reads with allow_pickle=False; the same statistics give the same bytes. Throws
/// InputError where it can't be written or there is no covariance.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics);

/// Whether the content is a zip with an array `mu` or `sigma`: statistics rather than images.
bool holds_statistics(const std::filesystem::path& path);

}  // namespace tise::metrics
