#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// How well a classifier's confidence matches its accuracy.
struct Confidence {
  double nll = 0;  ///< mean negative log-likelihood of the true classes, nats
  double ece = 0;  ///< expected calibration error, 15 bins
};

struct Calibration {
  std::optional<double> temperature;
  std::string reason;  ///< why the temperature is unknown
  std::size_t n = 0;   ///< images
  double accuracy = 0;
  Confidence before;  ///< at temperature 1
  Confidence after;   ///< at `temperature`
};

/// Finds the temperature at which softmax(logits / T) has the least negative log-likelihood of the labels.
/// `rows` needs a column `logits`; `labels` has each image's class. Reads the logits about a dozen times.
/// Throws std::invalid_argument if `labels` is empty or a label is not a class.
Calibration calibrate(const GroupRows& rows, const std::vector<std::size_t>& labels);

}  // namespace tise::metrics
