#include "tise/pipeline/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "tise/base/error.h"

namespace tise::pipeline {
namespace {

using ::testing::ElementsAre;

/// Answers every picture with the same objects.
class FixedDetector : public models::Detector {
 public:
  explicit FixedDetector(models::Detections answer) : answer_(std::move(answer)) {}
  std::vector<models::Detections> detect(const std::vector<at::Tensor>& images) override {
    return std::vector<models::Detections>(images.size(), answer_);
  }

 private:
  models::Detections answer_;
};

/// Features are the means of the channels, the logit is the first; remembers how many pictures came at a
/// time.
class MeanClassifier : public models::Classifier {
 public:
  models::Classified classify(const at::Tensor& images) override {
    if (images.size(0) == 0) return {torch::empty({0, 3}), torch::empty({0, 1})};
    batches.push_back(images.size(0));
    const at::Tensor means = images.mean({2, 3});
    return {means, means.slice(1, 0, 1)};
  }
  std::vector<std::int64_t> batches;
};

class TenCats : public models::Counter {
 public:
  at::Tensor count(const at::Tensor&) override { return torch::tensor({10.0F, 0.0F}); }
};

models::Detections detections(const std::vector<std::array<float, 4>>& boxes,
                              const std::vector<float>& scores) {
  at::Tensor corners = torch::empty({static_cast<std::int64_t>(boxes.size()), 4});
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    corners[static_cast<std::int64_t>(i)] =
        torch::tensor({boxes[i][0], boxes[i][1], boxes[i][2], boxes[i][3]});
  }
  return {corners, torch::ones({corners.size(0)}, at::kLong), torch::tensor(scores)};
}

/// Pictures of 4 by 4 whose left half has this red, the right half twice that.
Batch batch_of(const std::vector<std::uint8_t>& reds) {
  Batch batch;
  for (const std::uint8_t red : reds) {
    image::Pixels pixels{4, 4, {}};
    for (int i = 0; i < 16; ++i) {
      const auto value = static_cast<std::uint8_t>(i % 4 < 2 ? red : 2 * red);
      pixels.rgb.insert(pixels.rgb.end(), {value, 0, 0});
    }
    batch.files.push_back({"image " + std::to_string(red), {}, "hash"});
    batch.pixels.push_back(std::make_shared<const image::Pixels>(std::move(pixels)));
  }
  return batch;
}

image::Preparation to_two_by_two() {
  image::Preparation preparation;
  preparation.width = preparation.height = 2;
  preparation.resize = image::Resize::kPillowBilinear;
  preparation.fit = image::Fit::kStretch;
  preparation.range = image::Range::kByte;
  return preparation;
}

const at::Tensor& column(const Columns& columns, const std::string& name) {
  for (const auto& [key, tensor] : columns) {
    if (key == name) return tensor;
  }
  throw std::logic_error("no column " + name);
}

std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  return {whole.const_data_ptr<float>(), whole.const_data_ptr<float>() + whole.numel()};
}

TEST(Objects, are_kept_from_the_lowest_score_up) {
  FixedDetector detector(detections({{0, 0, 1, 1}, {0, 0, 2, 2}, {0, 0, 3, 3}}, {0.9F, 0.06F, 0.04F}));
  const Batch batch = batch_of({1, 2});
  const auto found = detect(detector, {}, batch);
  const ImageRows rows = detection_rows(batch, found);
  EXPECT_EQ(rows.group, "detections");
  EXPECT_TRUE(torch::equal(column(rows.columns, "lengths"), torch::tensor({2, 2}, at::kLong)));
  EXPECT_THAT(floats(column(rows.items, "scores")), ElementsAre(0.9F, 0.06F, 0.9F, 0.06F));
  EXPECT_EQ(column(rows.items, "boxes").sizes(), (std::vector<std::int64_t>{4, 4}));
}

/// Fails on pictures less than two pixels high, or on all.
class FailingDetector : public models::Detector {
 public:
  explicit FailingDetector(bool on_all) : on_all_(on_all) {}
  std::vector<models::Detections> detect(const std::vector<at::Tensor>& images) override {
    for (const at::Tensor& image : images) {
      if (on_all_ || image.size(1) < 2) throw ModelError("sizes should be greater than 0");
    }
    return std::vector<models::Detections>(images.size(), detections({}, {}));
  }

 private:
  bool on_all_;
};

TEST(Objects, of_a_picture_that_the_detector_can_not_take_are_the_pictures_fault) {
  Batch batch = batch_of({1});
  batch.files.push_back({"thin", {}, "hash"});
  batch.pixels.push_back(
      std::make_shared<const image::Pixels>(image::Pixels{9, 1, std::vector<std::uint8_t>(27)}));
  FailingDetector picky(/*on_all=*/false);
  try {
    detect(picky, {}, batch);
    FAIL() << "taken";
  } catch (const BadPicture& error) {
    EXPECT_EQ(error.number(), 1U);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("9x1 pixels"));
  }
  FailingDetector broken(/*on_all=*/true);
  EXPECT_THROW(detect(broken, {}, batch), ModelError);
}

TEST(Objects, of_pictures_without_any_are_rows_without_items) {
  FixedDetector detector(detections({}, {}));
  const Batch batch = batch_of({1, 2});
  const auto found = detect(detector, {}, batch);
  EXPECT_EQ(column(detection_rows(batch, found).items, "boxes").sizes(), (std::vector<std::int64_t>{0, 4}));
  MeanClassifier classifier;
  const ImageRows crops = CropEncoder{classifier, to_two_by_two()}(batch, found);
  EXPECT_TRUE(torch::equal(column(crops.columns, "lengths"), torch::zeros({2}, at::kLong)));
  EXPECT_EQ(column(crops.items, "features").sizes(), (std::vector<std::int64_t>{0, 3}));
}

TEST(Crops, are_cut_from_their_own_picture_at_or_above_the_threshold) {
  const auto found = detections({{0, 0, 2, 4}, {2, 0, 4, 4}, {0, 0, 4, 4}}, {0.9F, 0.5F, 0.49F});
  MeanClassifier classifier;
  const CropEncoder encode{classifier, to_two_by_two(), 0.5, 3};
  const ImageRows rows = encode(batch_of({10, 20}), {found, found});
  EXPECT_THAT(floats(column(rows.items, "logits")), ElementsAre(10.0F, 20.0F, 20.0F, 40.0F));
  EXPECT_THAT(floats(column(rows.items, "scores")), ElementsAre(0.9F, 0.5F, 0.9F, 0.5F));
  EXPECT_THAT(classifier.batches, ElementsAre(3, 1));
  EXPECT_EQ(column(rows.columns, "threshold")[0].item<double>(), 0.5);
}

TEST(Crops, without_a_pixel_are_left_out) {
  const auto found = detections({{0, 0, 0.4F, 4}, {0, 0, 2, 4}}, {0.9F, 0.8F});
  MeanClassifier classifier;
  const ImageRows rows = CropEncoder{classifier, to_two_by_two()}(batch_of({10}), {found});
  EXPECT_EQ(column(rows.columns, "lengths")[0].item<std::int64_t>(), 1);
  EXPECT_THAT(floats(column(rows.items, "scores")), ElementsAre(0.8F));
}

TEST(Crops, of_a_crowd_go_to_the_classifier_in_batches) {
  const std::vector<std::array<float, 4>> boxes(700, {0, 0, 2, 4});
  const auto found = detections(boxes, std::vector<float>(700, 0.9F));
  MeanClassifier classifier;
  const ImageRows rows = CropEncoder{classifier, to_two_by_two(), 0.5, 64}(batch_of({10}), {found});
  EXPECT_EQ(column(rows.items, "features").size(0), 700);
  EXPECT_EQ(classifier.batches.size(), 11U);
}

TEST(Counts, are_a_row_an_image) {
  TenCats counter;
  const ImageRows rows = count_rows(counter, {}, batch_of({1, 2, 3}));
  EXPECT_EQ(rows.group, "counts");
  EXPECT_EQ(column(rows.columns, "counts").sizes(), (std::vector<std::int64_t>{3, 2}));
}

}  // namespace
}  // namespace tise::pipeline
