#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kFidKey = "FID";

/// FID: how far the features of the images are from those of real ones.
Result fid(const Samples& samples, const Reference* real, const Settings& settings);

/// What a distance is computed of.
struct FeatureRows {
  std::string_view metric;          ///< its key
  std::string_view noun;            ///< what a row is of: `image`
  std::vector<std::size_t> images;  ///< indices into Samples::images, rising
  RowBlocks rows;                   ///< of those images
  std::size_t given = 0;            ///< rows before the protocol dropped some
};

/// The distance with its sample counts, extrapolation, influences and warnings, or why there is none.
Result fid_of(const Samples& samples, const FeatureRows& features, const RealFeatures& real,
              const Settings& settings);

}  // namespace tise::metrics
