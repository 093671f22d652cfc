#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tise/models/models.h"
#include "tise/pipeline/branch.h"

namespace tise::pipeline {

/// A group of crops of detected objects, each through a network that takes batches. Its rows: the image's
/// `threshold` ([n] float64); per object whose score is at or above that, its `scores` and the network's
/// columns. Objects without a pixel are left out.
struct Crops {
  std::string group;
  Model model;
  double threshold = 0.5;
  std::size_t batch_size = 16;

  /// With one entry of `detections` per picture of the batch, on the device.
  ImageRows rows(const Batch& batch, const std::vector<models::Detections>& detections,
                 c10::Device device) const;
};

/// A detector's branch that also crops what it has detected, for each of the groups.
Branch with_crops(const Branch& detector, const std::vector<Crops>& crops);

/// A branch that crops what was detected before: `read` returns it for each of a batch's files, and is called
/// by several threads at once where the run has several lanes.
Branch crops_of(const std::function<models::Detections(const FileIdentity&)>& read, const Crops& crops);

}  // namespace tise::pipeline
