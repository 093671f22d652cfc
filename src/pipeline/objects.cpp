#include "tise/pipeline/objects.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "tise/base/mapped.h"
#include "tise/base/side_by_side.h"
#include "tise/image/crop.h"
#include "tise/pipeline/batch_size.h"

namespace tise::pipeline {
namespace {

/// One object to crop.
struct Crop {
  const image::Pixels* pixels;
  image::Box box;
  float score;
};

/// Adds a picture's objects to crop. Returns their number.
std::int64_t add_crops(std::vector<Crop>& crops, const image::Pixels& pixels,
                       const models::Detections& detections, double threshold) {
  const at::Tensor boxes = detections.boxes.contiguous();
  const auto* corner = boxes.const_data_ptr<float>();
  const auto* scores = detections.scores.const_data_ptr<float>();
  const std::size_t before = crops.size();
  for (std::int64_t i = 0; i < store::count_from(detections.scores, threshold); ++i, corner += 4) {
    const image::Box box{corner[0], corner[1], corner[2], corner[3]};
    if (!image::is_empty(box)) crops.push_back({&pixels, box, scores[i]});
  }
  return static_cast<std::int64_t>(crops.size() - before);
}

/// Cuts out and prepares crops for the network. Returns [n, 3, H, W].
at::Tensor prepared(std::span<const Crop> crops, const image::Preparation& preparation) {
  std::vector<at::Tensor> inputs(crops.size());
  side_by_side_in(static_cast<std::int64_t>(crops.size()), kPicturesPerThread,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                      inputs[i] = image::prepare(*image::crop(*crops[i].pixels, crops[i].box), preparation);
                  });
  return at::stack(inputs);
}

Columns concatenated(const std::vector<Columns>& parts) {
  Columns all;
  for (std::size_t c = 0; c < parts.front().size(); ++c) {
    const auto tensors = mapped(parts, [&](const Columns& part) { return part[c].second; });
    all.emplace_back(parts.front()[c].first, at::cat(tensors));
  }
  return all;
}

Columns encode_crops(std::span<const Crop> crops, models::Network& network,
                     const image::Preparation& preparation, std::size_t batch_size) {
  if (crops.empty()) return network.encode_batch(at::empty({0, 3, 1, 1})).columns;
  std::vector<Columns> parts;
  BatchSize size(batch_size, batch_size);
  in_batches(crops.size(), size, [&](std::size_t begin, std::size_t end) {
    const at::Tensor pictures = prepared(crops.subspan(begin, end - begin), preparation);
    parts.push_back(network.encode_batch(pictures).columns);
  });
  return concatenated(parts);
}

const at::Tensor& column(const Columns& columns, std::string_view name) {
  return std::ranges::find(columns, name, [](const auto& named) { return named.first; })->second;
}

/// Splits a detector's rows by picture.
std::vector<models::Detections> detections_of(const ImageRows& rows) {
  const at::Tensor& lengths = column(rows.columns, "lengths");
  std::vector<models::Detections> detections;
  std::int64_t first = 0;
  for (std::int64_t row = 0; row < lengths.size(0); ++row) {
    const std::int64_t length = lengths[row].item<std::int64_t>();
    const auto part = [&](const char* name) { return column(rows.items, name).narrow(0, first, length); };
    detections.push_back({part("boxes"), part("labels"), part("scores")});
    first += length;
  }
  return detections;
}

}  // namespace

ImageRows Crops::rows(const Batch& batch, const std::vector<models::Detections>& detections,
                      c10::Device device) const {
  std::vector<Crop> crops;
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < batch.pixels.size(); ++i) {
    lengths.push_back(add_crops(crops, *batch.pixels[i], detections[i], threshold));
  }
  const auto count = static_cast<std::int64_t>(batch.files.size());
  Columns items{{"scores", at::tensor(mapped(crops, &Crop::score), at::kFloat)}};
  std::ranges::move(encode_crops(crops, model.network(device), model.archive.card.input, batch_size),
                    std::back_inserter(items));
  Columns columns{{"lengths", at::tensor(lengths, at::kLong)},
                  {"threshold", at::full({count}, threshold, at::kDouble)}};
  return {group, batch.files, std::move(columns), std::move(items)};
}

Branch with_crops(const Branch& detector, const std::vector<Crops>& crops) {
  Branch branch = detector;
  branch.encode = [detect = detector.encode, crops](const Batch& batch, c10::Device device) {
    std::vector<ImageRows> rows = detect(batch, device);
    const std::vector<models::Detections> found = detections_of(rows.front());
    for (const Crops& group : crops) rows.push_back(group.rows(batch, found, device));
    return rows;
  };
  branch.load = [load = detector.load, crops] {
    if (load) load();
    for (const Crops& group : crops) group.model.load();
  };
  return branch;
}

Branch crops_of(const std::function<models::Detections(const FileIdentity&)>& read, const Crops& crops) {
  Branch branch;
  branch.name = crops.group;
  branch.encode = [read, crops](const Batch& batch, c10::Device device) {
    return std::vector{crops.rows(batch, mapped(batch.files, read), device)};
  };
  branch.batch_divisor = models::kPicturesDivisor;
  branch.load = [crops] { crops.model.load(); };
  return branch;
}

}  // namespace tise::pipeline
