#include "tise/models/torchvision_operators.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tise/models/models.h"

namespace tise::models {
namespace {

/// torchvision's own results (make_operators_golden.py).
nlohmann::json golden(const std::string& key) {
  std::ifstream file(std::string(TISE_TEST_DATA) + "/models/operators.json");
  return nlohmann::json::parse(file).at(key);
}

at::Tensor tensor_of(const nlohmann::json& values, at::IntArrayRef shape) {
  return torch::tensor(values.get<std::vector<float>>()).reshape(shape);
}

std::vector<std::int64_t> listed(const at::Tensor& indices) {
  const auto* values = indices.const_data_ptr<std::int64_t>();
  return {values, values + indices.numel()};
}

TEST(Nms, keeps_what_torchvision_keeps) {
  const auto expected = golden("nms");
  const at::Tensor boxes = tensor_of(expected["boxes"], {-1, 4});
  const at::Tensor scores = tensor_of(expected["scores"], {-1});
  for (const auto& [threshold, kept] : expected["kept"].items()) {
    EXPECT_EQ(listed(nms(boxes, scores, std::stod(threshold))), kept.get<std::vector<std::int64_t>>())
        << threshold;
    EXPECT_EQ(listed(nms(boxes.to(at::kDouble), scores.to(at::kDouble), std::stod(threshold))),
              kept.get<std::vector<std::int64_t>>())
        << threshold;
  }
}

TEST(Nms, of_no_boxes_keeps_none) {
  EXPECT_EQ(nms(torch::empty({0, 4}), torch::empty({0}), 0.5).sizes(), std::vector<std::int64_t>{0});
}

TEST(Nms, keeps_the_earlier_of_boxes_with_equal_scores) {
  const at::Tensor box = torch::tensor({{0.0F, 0.0F, 2.0F, 2.0F}});
  EXPECT_EQ(listed(nms(box.repeat({3, 1}), torch::ones({3}), 0.5)), std::vector<std::int64_t>{0});
}

/// Boxes in clusters, so that some remove others, with some equal scores.
std::pair<at::Tensor, at::Tensor> crowded_boxes(std::int64_t count) {
  const at::Tensor corners = torch::randint(12, {count, 2}) * 30 + torch::rand({count, 2}) * 20;
  const at::Tensor boxes = torch::cat({corners, corners + 10 + torch::rand({count, 2}) * 40}, 1);
  return {boxes, torch::randint(200, {count}).to(at::kFloat) / 200};
}

TEST(Nms, keeps_the_same_boxes_on_cuda_as_on_the_cpu) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  for (const std::int64_t count : {0, 1, 63, 64, 65, 1000, 4507, 40'000}) {
    const auto [boxes, scores] = crowded_boxes(count);
    for (const double threshold : {0.3, 0.5, 0.7}) {
      const at::Tensor kept = nms(boxes.cuda(), scores.cuda(), threshold);
      EXPECT_TRUE(kept.is_cuda());
      EXPECT_EQ(listed(kept.cpu()), listed(nms(boxes, scores, threshold))) << count << ' ' << threshold;
    }
  }
}

class RoiAligns : public ::testing::Test {
 protected:
  RoiAligns() {
    features_ = tensor_of(golden_["features"], golden_["shape"].get<std::vector<std::int64_t>>());
    rois_ = tensor_of(golden_["rois"], {-1, 5});
  }
  static RoiAlign settings(const nlohmann::json& of) {
    return {of["spatial_scale"], of["height"], of["width"], of["sampling_ratio"], of["aligned"]};
  }
  at::Tensor answer(const nlohmann::json& of) const {
    return tensor_of(of["answer"], {rois_.size(0), features_.size(1), of["height"], of["width"]});
  }

  nlohmann::json golden_ = golden("roi_align");
  at::Tensor features_;
  at::Tensor rois_;
};

TEST_F(RoiAligns, equal_torchvisions) {
  for (const auto& of : golden_["cases"]) {
    EXPECT_TRUE(at::allclose(settings(of)(features_, rois_), answer(of), 0, 2e-6))
        << of.dump(0).substr(0, 99);
    const at::Tensor doubles = settings(of)(features_.to(at::kDouble), rois_.to(at::kDouble));
    EXPECT_EQ(doubles.scalar_type(), at::kDouble);
    EXPECT_TRUE(at::allclose(doubles.to(at::kFloat), answer(of), 0, 2e-6));
  }
}

TEST_F(RoiAligns, on_cuda_equal_those_on_the_cpu) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  const at::Tensor features = torch::rand({2, 40, 31, 17});    // channels that don't fill a warp
  const at::Tensor corners = torch::rand({200, 4}) * 80 - 20;  // some outside, some inverted
  const at::Tensor rois = torch::cat({torch::randint(2, {200, 1}), corners}, 1);
  for (const RoiAlign& how : {RoiAlign{0.5, 7, 7, 2, false}, RoiAlign{0.25, 14, 14, 2, true},
                              RoiAlign{1.0, 3, 5, 0, false}, RoiAlign{1.0, 2, 2, -1, true}}) {
    const at::Tensor expected = how(features, rois);
    const at::Tensor channels_last = features.cuda().contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(torch::allclose(how(features.cuda(), rois.cuda()).cpu(), expected, 1e-5, 1e-6));
    EXPECT_TRUE(torch::allclose(how(channels_last, rois.cuda()).cpu(), expected, 1e-5, 1e-6));
    const at::Tensor halves = how(channels_last.to(at::kHalf), rois.cuda());
    EXPECT_EQ(halves.scalar_type(), at::kHalf);
    EXPECT_TRUE(torch::allclose(halves.cpu().to(at::kFloat), expected, 1e-2, 1e-2));
  }
  EXPECT_EQ(RoiAlign({1.0, 7, 7, 2, false})(features.cuda(), rois.slice(0, 0, 0).cuda()).sizes(),
            (std::vector<std::int64_t>{0, 40, 7, 7}));
}

TEST_F(RoiAligns, of_no_regions_are_empty) {
  const RoiAlign how{1.0, 7, 7, 2, false};
  const std::vector<std::int64_t> expected{0, 3, 7, 7};
  EXPECT_EQ(how(features_, rois_.slice(0, 0, 0)).sizes(), expected);
}

TEST(TorchvisionOperators, are_found_by_their_names) {
  register_torchvision_operators();
  const auto by_name = c10::Dispatcher::singleton()
                           .findSchemaOrThrow("torchvision::nms", "")
                           .typed<at::Tensor(const at::Tensor&, const at::Tensor&, double)>();
  const at::Tensor boxes = torch::tensor({{0.0F, 0.0F, 2.0F, 2.0F}, {0.0F, 0.0F, 2.0F, 1.9F}});
  EXPECT_EQ(listed(by_name.call(boxes, torch::tensor({0.1F, 0.9F}), 0.5)), std::vector<std::int64_t>{1});
}

}  // namespace
}  // namespace tise::models
