#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/frechet.h"

namespace tise::metrics {

/// Moments of features, and what made them.
struct FeatureStatistics {
  Moments moments;                          ///< count 0 if the file doesn't state it
  std::optional<std::string> model_sha256;  ///< of the archive that made the features; only in our own files
  /// How the network's input was prepared, as JSON: from the model's card, for objects also the detector and
  /// the threshold. Only in our own files.
  std::optional<std::string> preparation;
  /// Identifies the images: the SHA-256 of their own hashes, in the order of their names; for a foreign file
  /// the file's own SHA-256.
  std::string set;
  std::vector<std::string> skipped = {};  ///< images left out as bad, with the reason; only in our own files
  bool is_foreign = false;                ///< from a file that tise-eval didn't write
  PlacedRows rows = {};                   ///< the file's rows, if it has any; our own files have none
};

/// The names of sets of crops begin with this, like those of their column groups.
inline constexpr std::string_view kCropSets = "crops@";

/// The content of a file of real statistics.
struct Statistics {
  /// By name: empty for the network that FID uses, the only set of a foreign file; others are named like
  /// column groups, `other` or `crops@inception@maskrcnn`.
  std::map<std::string, FeatureStatistics> sets;
};

/// Whether a file with arrays of these names can hold statistics.
bool are_statistics(const std::vector<std::string>& arrays);

/// Reads an `.npz` with `mu` [F] and `sigma` [F, F], float32 or float64, as written by pytorch-fid, clean-fid
/// and guided-diffusion. A file may also have rows [N, F] (`reps` of dgm-eval, `feats` of clean-fid), from
/// which the moments are computed if `mu` and `sigma` are missing. Rows are read from the file whenever they
/// are visited.
///
/// Our own files also have `mu@NAME` and `sigma@NAME` for further sets, and a member `statistics.json` that
/// states how each set was made. Without it only the unnamed set is read.
///
/// Throws InputError `real statistics <path>: <why>`.
Statistics read_statistics(const std::filesystem::path& path);

/// Writes a file that numpy reads with allow_pickle=False. The same statistics give the same bytes. Throws
/// InputError if it can't be written or a set has no covariance.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics);

}  // namespace tise::metrics
