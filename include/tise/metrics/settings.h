#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tise::metrics {

enum class RpEstimator { kExact, kSampled };

/// Every choice that moves a number; each stands in the signature.
struct Settings {
  std::string prompt = "A photo depicts ";
  std::optional<double> temperature;         ///< for IS*: from the command line, else the classifier's card
  std::optional<double> object_temperature;  ///< for O-IS, likewise of the classifier of crops
  double detector_threshold = 0.5;           ///< the least score of an object
  int splits = 10;
  std::uint32_t seed = 2020;
  RpEstimator rp = RpEstimator::kExact;
};

}  // namespace tise::metrics
