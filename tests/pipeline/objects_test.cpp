#include "tise/pipeline/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <utility>

#include "tise/base/error.h"

namespace tise::pipeline {
namespace {

using ::testing::ElementsAre;

/// Features are the means of the channels, the logit is the first of them. Records its batch sizes.
class MeanClassifier : public models::Network {
 public:
  models::Rows encode_batch(const at::Tensor& images) override {
    if (images.size(0) == 0) return rows_of(torch::empty({0, 3}));
    batches.push_back(images.size(0));
    return rows_of(images.mean({2, 3}));
  }
  std::vector<std::int64_t> batches;

 private:
  static models::Rows rows_of(const at::Tensor& means) {
    return {.columns = {{"features", means}, {"logits", means.slice(1, 0, 1)}}};
  }
};

class TenCats : public models::Network {
 public:
  models::Rows encode_pictures(const std::vector<at::Tensor>& pictures) override {
    const auto count = static_cast<std::int64_t>(pictures.size());
    return {.columns = {{"counts", torch::tensor({10.0F, 0.0F}).expand({count, 2})}}};
  }
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

/// Returns the same objects for every picture.
class FixedDetector : public models::Network {
 public:
  explicit FixedDetector(models::Detections answer) : answer_(std::move(answer)) {}
  models::Rows encode_pictures(const std::vector<at::Tensor>& pictures) override {
    const auto count = static_cast<std::int64_t>(pictures.size());
    return {.items = {{"boxes", answer_.boxes.repeat({count, 1})},
                      {"labels", answer_.labels.repeat({count})},
                      {"scores", answer_.scores.repeat({count})}},
            .lengths = std::vector<std::int64_t>(pictures.size(), answer_.scores.size(0))};
  }

 private:
  models::Detections answer_;
};

/// An archive of a kind with one of the networks above.
struct Tiny {
  Tiny(const char* kind, models::Network& network, const image::Preparation& preparation = {})
      : network_(network) {
    archive_.card.kind = models::find_kind(kind);
    archive_.card.input = preparation;
  }
  Model model() const { return {archive_, [this](c10::Device) -> auto& {return network_; }
  , { c10::kCPU }
};
}  // namespace

private:
models::Archive archive_;
models::Network& network_;
};  // namespace tise::pipeline

/// 4×4 pictures: the left half has this value of red, the right half twice that.
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
  preparation.steps = {{.kind = image::Step::Kind::kResize,
                        .width = 2,
                        .height = 2,
                        .filter = image::Filter::kPillowBilinear}};
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

std::vector<ImageRows> run(const Branch& branch, const Batch& batch) {
  return branch.encode(batch, c10::kCPU);
}

TEST(Objects, are_rows_of_the_group_with_the_kinds_columns) {
  FixedDetector detector(detections({{0, 0, 1, 1}, {0, 0, 2, 2}}, {0.9F, 0.06F}));
  const Tiny tiny("detector", detector);
  const Branch branch = branch_of("found", tiny.model());
  EXPECT_EQ(branch.name, "found");
  EXPECT_EQ(branch.batch_divisor, 8U);
  const auto rows = run(branch, batch_of({1, 2}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].group, "found");
  EXPECT_EQ(rows[0].files.size(), 2U);
  EXPECT_TRUE(torch::equal(column(rows[0].columns, "lengths"), torch::tensor({2, 2}, at::kLong)));
  EXPECT_THAT(floats(column(rows[0].items, "scores")), ElementsAre(0.9F, 0.06F, 0.9F, 0.06F));
  EXPECT_EQ(column(rows[0].items, "boxes").sizes(), (std::vector<std::int64_t>{4, 4}));
}

/// Fails on pictures less than two pixels high, or on all pictures.
class FailingDetector : public models::Network {
 public:
  explicit FailingDetector(bool on_all) : on_all_(on_all) {}
  models::Rows encode_pictures(const std::vector<at::Tensor>& pictures) override {
    for (const at::Tensor& picture : pictures) {
      if (on_all_ || picture.size(1) < 2) throw ModelError("sizes should be greater than 0");
    }
    return FixedDetector(detections({}, {})).encode_pictures(pictures);
  }

 private:
  bool on_all_;
};

TEST(Objects, a_picture_that_the_detector_can_not_process_is_a_bad_one) {
  Batch batch = batch_of({1});
  batch.files.push_back({"thin", {}, "hash"});
  batch.pixels.push_back(
      std::make_shared<const image::Pixels>(image::Pixels{9, 1, std::vector<std::uint8_t>(27)}));
  FailingDetector picky(/*on_all=*/false);
  try {
    run(branch_of("found", Tiny("detector", picky).model()), batch);
    FAIL() << "taken";
  } catch (const BadPicture& error) {
    EXPECT_EQ(error.number, 1U);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("the detector cannot process an image of 9x1 pixels"));
  }
  FailingDetector broken(/*on_all=*/true);
  EXPECT_THROW(run(branch_of("found", Tiny("detector", broken).model()), batch), ModelError);
}

/// Crops of the same objects in every picture.
class CropsOfObjects : public ::testing::Test {
 protected:
  Crops crops(double threshold = 0.5, std::size_t batch_size = 16) const {
    return {"crops", classifier_.model(), threshold, batch_size};
  }
  ImageRows rows_of(const Crops& how, const models::Detections& found, const Batch& batch) const {
    return how.rows(batch, std::vector(batch.files.size(), found), c10::kCPU);
  }

  MeanClassifier network_;
  const Tiny classifier_{"classifier", network_, to_two_by_two()};
};

TEST_F(CropsOfObjects, of_pictures_without_objects_are_rows_without_items) {
  FixedDetector detector(detections({}, {}));
  const Tiny tiny("detector", detector);
  const auto rows = run(with_crops(branch_of("found", tiny.model()), {crops()}), batch_of({1, 2}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(column(rows[0].items, "boxes").sizes(), (std::vector<std::int64_t>{0, 4}));
  EXPECT_TRUE(torch::equal(column(rows[1].columns, "lengths"), torch::zeros({2}, at::kLong)));
  EXPECT_EQ(column(rows[1].items, "features").sizes(), (std::vector<std::int64_t>{0, 3}));
}

TEST_F(CropsOfObjects, are_cut_from_their_own_picture_at_or_above_the_threshold) {
  const auto found = detections({{0, 0, 2, 4}, {2, 0, 4, 4}, {0, 0, 4, 4}}, {0.9F, 0.5F, 0.49F});
  const ImageRows rows = rows_of(crops(0.5, 3), found, batch_of({10, 20}));
  EXPECT_EQ(rows.group, "crops");
  EXPECT_THAT(floats(column(rows.items, "logits")), ElementsAre(10.0F, 20.0F, 20.0F, 40.0F));
  EXPECT_THAT(floats(column(rows.items, "scores")), ElementsAre(0.9F, 0.5F, 0.9F, 0.5F));
  EXPECT_THAT(network_.batches, ElementsAre(3, 1));
  EXPECT_EQ(column(rows.columns, "threshold")[0].item<double>(), 0.5);
}

TEST_F(CropsOfObjects, without_a_pixel_are_left_out) {
  const auto found = detections({{0, 0, 0.4F, 4}, {0, 0, 2, 4}}, {0.9F, 0.8F});
  const ImageRows rows = rows_of(crops(), found, batch_of({10}));
  EXPECT_EQ(column(rows.columns, "lengths")[0].item<std::int64_t>(), 1);
  EXPECT_THAT(floats(column(rows.items, "scores")), ElementsAre(0.8F));
}

TEST_F(CropsOfObjects, of_a_crowd_go_to_the_classifier_in_batches) {
  const std::vector<std::array<float, 4>> boxes(700, {0, 0, 2, 4});
  const auto found = detections(boxes, std::vector<float>(700, 0.9F));
  const ImageRows rows = rows_of(crops(0.5, 64), found, batch_of({10}));
  EXPECT_EQ(column(rows.items, "features").size(0), 700);
  EXPECT_EQ(network_.batches.size(), 11U);
}

TEST_F(CropsOfObjects, of_one_detector_may_go_to_several_groups) {
  FixedDetector detector(detections({{0, 0, 2, 4}, {2, 0, 4, 4}}, {0.9F, 0.4F}));
  const Tiny tiny("detector", detector);
  Crops sure = crops(0.8);
  sure.group = "sure";
  const Branch branch = with_crops(branch_of("found", tiny.model()), {crops(0.3), sure});
  EXPECT_EQ(branch.name, "found");
  const auto rows = run(branch, batch_of({10, 20}));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].group, "crops");
  EXPECT_THAT(floats(column(rows[1].items, "logits")), ElementsAre(10.0F, 20.0F, 20.0F, 40.0F));
  EXPECT_EQ(rows[2].group, "sure");
  EXPECT_THAT(floats(column(rows[2].items, "logits")), ElementsAre(10.0F, 20.0F));
  EXPECT_EQ(column(rows[2].columns, "threshold")[1].item<double>(), 0.8);
}

TEST_F(CropsOfObjects, may_use_detections_that_are_read) {
  const auto read = [](const FileIdentity& file) {
    return file.name == "image 10" ? detections({{0, 0, 2, 4}}, {0.9F}) : detections({}, {});
  };
  const Branch branch = crops_of(read, crops());
  EXPECT_EQ(branch.name, "crops");
  const auto rows = run(branch, batch_of({10, 20}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(torch::equal(column(rows[0].columns, "lengths"), torch::tensor({1, 0}, at::kLong)));
  EXPECT_THAT(floats(column(rows[0].items, "logits")), ElementsAre(10.0F));
}

TEST(Counts, are_one_row_per_image) {
  TenCats counter;
  const Tiny tiny("counter", counter);
  const auto rows = run(branch_of("counts", tiny.model()), batch_of({1, 2, 3}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].group, "counts");
  EXPECT_EQ(column(rows[0].columns, "counts").sizes(), (std::vector<std::int64_t>{3, 2}));
}

TEST(Branches, of_kinds_that_take_batches_prepare_pictures_as_the_card_asks) {
  MeanClassifier classifier;
  const Tiny tiny("classifier", classifier, to_two_by_two());
  const Branch branch = branch_of("features", tiny.model());
  ASSERT_TRUE(branch.preparation);
  EXPECT_EQ(branch.preparation->steps, to_two_by_two().steps);
  Batch batch = batch_of({1, 2});
  for (const auto& pixels : std::exchange(batch.pixels, {})) {
    batch.inputs.push_back(image::prepare(*pixels, *branch.preparation));
  }
  const auto rows = run(branch, batch);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(floats(column(rows[0].columns, "logits")), ElementsAre(1.5F, 3.0F));
}

TEST(Branches, load_all_of_their_networks_on_all_devices) {
  std::string asked;
  MeanClassifier network;
  models::Archive archive;
  archive.card.kind = models::find_kind("detector");
  const auto model = [&](char name) {
    const auto load = [&asked, &network, name](c10::Device) -> models::Network& {
      asked += name;
      return network;
    };
    return Model{archive, load, {c10::kCPU, c10::kCPU}};
  };
  with_crops(branch_of("found", model('d')), {{"crops", model('c')}, {"more", model('m')}}).load();
  EXPECT_EQ(asked, "ddccmm");
}

}  // namespace
}  // namespace tise::pipeline
