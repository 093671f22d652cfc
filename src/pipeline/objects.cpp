#include "tise/pipeline/objects.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tise/base/error.h"
#include "tise/image/crop.h"
#include "tise/pipeline/batch_size.h"

namespace tise::pipeline {
namespace {

at::Tensor lengths_of(const std::vector<models::Detections>& detections) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(detections.size());
  for (const models::Detections& found : detections) lengths.push_back(found.scores.size(0));
  return at::tensor(lengths, at::kLong);
}

bool can_detect(models::Detector& detector, const at::Tensor& picture) {
  try {
    detector.detect({picture});
    return true;
  } catch (const ModelError&) {
    return false;
  }
}

/// Throws BadPicture where the detector fails on one of the pictures and not on an ordinary one: a very thin
/// picture can vanish when it is scaled.
void blame(models::Detector& detector, const std::vector<at::Tensor>& pictures, const ModelError& error) {
  constexpr std::int64_t kSide = 256;
  if (!can_detect(detector, at::full({3, kSide, kSide}, 0.5))) return;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (can_detect(detector, pictures[i])) continue;
    const at::IntArrayRef size = pictures[i].sizes();
    throw BadPicture(i, "the detector can't take a picture of " + std::to_string(size[2]) + "x" +
                            std::to_string(size[1]) + " pixels: " + error.what());
  }
}

models::Detections first(const models::Detections& detections, std::int64_t count) {
  return {detections.boxes.narrow(0, 0, count), detections.labels.narrow(0, 0, count),
          detections.scores.narrow(0, 0, count)};
}

/// On as many threads as the lane may use.
template <typename Work>
void for_each_index(std::size_t count, const Work& work) {
  at::parallel_for(0, static_cast<std::int64_t>(count), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) work(static_cast<std::size_t>(i));
  });
}

/// One crop on its way to the classifier.
struct Crop {
  const image::Pixels* pixels;
  image::Box box;
  float score;
};

/// The objects of a batch that are to be cropped, and how many each picture has.
struct Crops {
  std::vector<Crop> crops;
  std::vector<std::int64_t> lengths;
};

void add_crops(Crops& all, const image::Pixels& pixels, const models::Detections& detections,
               double threshold) {
  const at::Tensor boxes = detections.boxes.contiguous();
  const auto* corner = boxes.const_data_ptr<float>();
  const auto* scores = detections.scores.const_data_ptr<float>();
  const std::size_t before = all.crops.size();
  for (std::int64_t i = 0; i < count_from(detections.scores, threshold); ++i, corner += 4) {
    const image::Box box{corner[0], corner[1], corner[2], corner[3]};
    if (!image::is_empty(box)) all.crops.push_back({&pixels, box, scores[i]});
  }
  all.lengths.push_back(static_cast<std::int64_t>(all.crops.size() - before));
}

/// Some crops as the classifier takes them, [n, 3, H, W].
at::Tensor prepared(std::span<const Crop> crops, const image::Preparation& preparation) {
  std::vector<at::Tensor> inputs(crops.size());
  for_each_index(crops.size(), [&](std::size_t i) {
    inputs[i] = image::prepare(*image::crop(*crops[i].pixels, crops[i].box), preparation);
  });
  return at::stack(inputs);
}

models::Classified classify(const std::vector<Crop>& crops, const CropEncoder& how) {
  if (crops.empty()) return how.classifier.classify(at::empty({0, 3, 1, 1}));
  std::vector<at::Tensor> features;
  std::vector<at::Tensor> logits;
  BatchSize size(how.batch_size, how.batch_size);
  in_batches(crops.size(), size, [&](std::size_t begin, std::size_t end) {
    const auto part = std::span(crops).subspan(begin, end - begin);
    models::Classified classified = how.classifier.classify(prepared(part, how.preparation));
    features.push_back(std::move(classified.features));
    logits.push_back(std::move(classified.logits));
  });
  return {at::cat(features), at::cat(logits)};
}

at::Tensor scores_of(const std::vector<Crop>& crops) {
  std::vector<float> scores;
  scores.reserve(crops.size());
  for (const Crop& crop : crops) scores.push_back(crop.score);
  return at::tensor(scores, at::kFloat);
}

}  // namespace

std::int64_t count_from(const at::Tensor& scores, double threshold) {
  const auto* values = scores.const_data_ptr<float>();
  const auto reaches = [&](float score) { return static_cast<double>(score) >= threshold; };
  return std::find_if_not(values, values + scores.size(0), reaches) - values;
}

std::vector<models::Detections> detect(models::Detector& detector, const image::Preparation& preparation,
                                       const Batch& batch) {
  std::vector<at::Tensor> pictures(batch.pixels.size());
  for_each_index(pictures.size(),
                 [&](std::size_t i) { pictures[i] = image::prepare(*batch.pixels[i], preparation); });
  std::vector<models::Detections> detections;
  try {
    detections = detector.detect(pictures);
  } catch (const models::OutOfMemory&) {
    throw;
  } catch (const ModelError& error) {
    blame(detector, pictures, error);
    throw;
  }
  for (models::Detections& found : detections) found = first(found, count_from(found.scores, kLowestScore));
  return detections;
}

ImageRows detection_rows(const Batch& batch, const std::vector<models::Detections>& detections) {
  std::vector<at::Tensor> boxes;
  std::vector<at::Tensor> labels;
  std::vector<at::Tensor> scores;
  for (const models::Detections& found : detections) {
    boxes.push_back(found.boxes);
    labels.push_back(found.labels);
    scores.push_back(found.scores);
  }
  return {kDetections,
          batch.files,
          {{"lengths", lengths_of(detections)}},
          {{"boxes", at::cat(boxes)}, {"labels", at::cat(labels)}, {"scores", at::cat(scores)}}};
}

ImageRows CropEncoder::operator()(const Batch& batch,
                                  const std::vector<models::Detections>& detections) const {
  Crops all;
  for (std::size_t i = 0; i < batch.pixels.size(); ++i) {
    add_crops(all, *batch.pixels[i], detections[i], threshold);
  }
  models::Classified classified = classify(all.crops, *this);
  const at::Tensor thresholds =
      at::full({static_cast<std::int64_t>(batch.files.size())}, threshold, at::kDouble);
  return {kCrops,
          batch.files,
          {{"lengths", at::tensor(all.lengths, at::kLong)}, {"threshold", thresholds}},
          {{"scores", scores_of(all.crops)},
           {"features", std::move(classified.features)},
           {"logits", std::move(classified.logits)}}};
}

ImageRows count_rows(models::Counter& counter, const image::Preparation& preparation, const Batch& batch) {
  std::vector<at::Tensor> counts;
  for (const auto& pixels : batch.pixels)
    counts.push_back(counter.count(image::prepare(*pixels, preparation)));
  return {kCounts, batch.files, {{"counts", at::stack(counts)}}, {}};
}

}  // namespace tise::pipeline
