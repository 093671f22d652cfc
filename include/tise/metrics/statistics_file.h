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
  Moments moments;                          ///< count 0 if the file doesn't say
  std::optional<std::string> model_sha256;  ///< of the archive that made the features; only in our own files
  /// Likewise how their input was made: the model's card names it; of objects the detector and the threshold
  /// too. A JSON text.
  std::optional<std::string> preparation;
  /// Which images they are of: SHA-256 of their own, in the order of their names; of the file if a foreign
  /// one doesn't say.
  std::string set;
  std::vector<std::string> skipped = {};  ///< images left out as bad, with the reason; only in our own files
  bool is_foreign = false;                ///< from a file that isn't ours
  PlacedRows rows = {};                   ///< that the file has; none in our own
};

/// How the names of sets of crops begin, as their column groups' do.
inline constexpr std::string_view kCropSets = "crops@";

/// What a file of real statistics has.
struct Statistics {
  /// By name: empty for the network that FID uses, the only one of foreign files; else `other` or
  /// `crops@inception@maskrcnn`, as column groups are named.
  std::map<std::string, FeatureStatistics> sets;
};

/// Whether arrays of these names are statistics that are read.
bool are_statistics(const std::vector<std::string>& arrays);

/// Reads an `.npz` with `mu` [F] and `sigma` [F, F], float32 or float64, as pytorch-fid, clean-fid and
/// guided-diffusion write them, or with rows [N, F], of which these are taken if there are none: `reps` of
/// dgm-eval, `feats` of clean-fid. Rows are read again whenever they are looked at. Ours has `mu@NAME` and
/// `sigma@NAME` of further sets besides, and a member `statistics.json` that says how all were made, without
/// which only one set is believed. Throws InputError `real statistics <path>: <why>`.
Statistics read_statistics(const std::filesystem::path& path);

/// Writes one that numpy reads with allow_pickle=False; the same statistics give the same bytes. Throws
/// InputError if it can't be written or a set has no covariance.
void write_statistics(const std::filesystem::path& path, const Statistics& statistics);

}  // namespace tise::metrics
