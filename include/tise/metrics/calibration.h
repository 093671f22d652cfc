#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// How well a classifier's confidence is what it deserves to be.
struct Confidence {
  double nll = 0;  ///< mean negative log-likelihood of the true classes, nats
  double ece = 0;  ///< expected calibration error, 15 bins
};

struct Calibration {
  std::optional<double> temperature;
  std::string reason;  ///< why there is none
  std::size_t n = 0;   ///< images
  double accuracy = 0;
  Confidence before;  ///< at temperature 1
  Confidence after;   ///< at `temperature`
};

/// The temperature at which softmax(logits / T) has the least negative log-likelihood of the labels.
/// `rows` have `logits`. `labels`: of each image (index) its class. Reads the logits a dozen times. Throws
/// std::invalid_argument if there are no images, or if a label is outside the classes.
Calibration calibrate(const GroupRows& rows, const std::vector<std::size_t>& labels);

}  // namespace tise::metrics
