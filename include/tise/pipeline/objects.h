#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "tise/image/prepare.h"
#include "tise/models/models.h"
#include "tise/pipeline/encode_images.h"

namespace tise::pipeline {

/// Column groups of objects. `detections`: a row an object, from `kLowestScore` up, by falling score: `boxes`
/// [m, 4] float32, `labels` [m] int64, `scores` [m] float32. `crops`: a row an object whose score is at or
/// above the image's `threshold` ([n] float64): `scores`, `features` [m, F], `logits` [m, C]; objects without
/// a pixel are left out.
inline constexpr const char* kDetections = "detections";
inline constexpr const char* kCrops = "crops";
/// `counts` [n, K] float32: what a counter says of each of its labels.
inline constexpr const char* kCounts = "counts";
inline constexpr double kLowestScore = 0.05;

/// How crops of objects become features. The classifier's input decides how a crop is prepared.
struct CropEncoder {
  models::Classifier& classifier;
  image::Preparation preparation;
  double threshold = 0.5;
  std::size_t batch_size = 16;

  /// Rows of the group `crops`; one entry of `detections` for each picture of the batch.
  ImageRows operator()(const Batch& batch, const std::vector<models::Detections>& detections) const;
};

/// How many of the scores ([n] float32, falling) are at or above a threshold.
std::int64_t count_from(const at::Tensor& scores, double threshold);

/// What the detector finds in pictures of one size, from `kLowestScore` up. Throws BadPicture where it can't
/// take one of them, ModelError where it can't take an ordinary one either.
std::vector<models::Detections> detect(models::Detector& detector, const image::Preparation& preparation,
                                       const Batch& batch);

/// Rows of the group `detections`.
ImageRows detection_rows(const Batch& batch, const std::vector<models::Detections>& detections);

/// Rows of the group `counts`.
ImageRows count_rows(models::Counter& counter, const image::Preparation& preparation, const Batch& batch);

}  // namespace tise::pipeline
