#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tise/models/models.h"
#include "tise/pipeline/branch.h"

namespace tise::pipeline {

/// Encodes crops of detected objects with a network that takes batches, as rows of the group `group`. Columns
/// per image: `lengths` and `threshold` ([n] float64). Columns per object with a score of at least
/// `threshold`: `scores` and the network's columns. Objects whose box contains no pixel are left out.
struct Crops {
  std::string group;
  Model model;
  double threshold = 0.5;
  std::size_t batch_size = 16;

  /// Returns the rows of a batch, computed on the device. `detections` has one entry per picture.
  ImageRows rows(const Batch& batch, const std::vector<models::Detections>& detections,
                 c10::Device device) const;
};

/// A detector's branch that also encodes crops of the objects it detects, for each entry of `crops`.
Branch with_crops(const Branch& detector, const std::vector<Crops>& crops);

/// A branch that encodes crops of objects detected earlier. `read` returns a file's detections; several
/// threads call it at once if the run has several lanes.
Branch crops_of(const std::function<models::Detections(const FileIdentity&)>& read, const Crops& crops);

}  // namespace tise::pipeline
