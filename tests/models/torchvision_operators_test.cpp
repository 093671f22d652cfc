#include "tise/models/torchvision_operators.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace tise::models {
namespace {

/// What torchvision answers (make_operators_golden.py).
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

TEST(Nms, of_equal_scores_the_earlier_box_is_kept) {
  const at::Tensor box = torch::tensor({{0.0F, 0.0F, 2.0F, 2.0F}});
  EXPECT_EQ(listed(nms(box.repeat({3, 1}), torch::ones({3}), 0.5)), std::vector<std::int64_t>{0});
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

TEST_F(RoiAligns, in_loops_are_torchvisions) {
  for (const auto& of : golden_["cases"]) {
    EXPECT_TRUE(at::allclose(settings(of).in_loops(features_, rois_), answer(of), 0, 2e-6))
        << of.dump(0).substr(0, 99);
    const at::Tensor doubles = settings(of).in_loops(features_.to(at::kDouble), rois_.to(at::kDouble));
    EXPECT_EQ(doubles.scalar_type(), at::kDouble);
    EXPECT_TRUE(at::allclose(doubles.to(at::kFloat), answer(of), 0, 2e-6));
  }
}

TEST_F(RoiAligns, by_the_grid_sampler_are_torchvisions) {
  std::size_t seen = 0;
  for (const auto& of : golden_["cases"]) {
    if (of["sampling_ratio"] <= 0) continue;
    ++seen;
    EXPECT_TRUE(at::allclose(settings(of).by_grid_sampler(features_, rois_), answer(of), 0, 1e-5))
        << (settings(of).by_grid_sampler(features_, rois_) - answer(of)).abs().max();
  }
  EXPECT_EQ(seen, 3U);
}

TEST_F(RoiAligns, of_no_regions_are_empty) {
  const RoiAlign how{1.0, 7, 7, 2, false};
  const std::vector<std::int64_t> expected{0, 3, 7, 7};
  EXPECT_EQ(how.in_loops(features_, rois_.slice(0, 0, 0)).sizes(), expected);
  EXPECT_EQ(how.by_grid_sampler(features_, rois_.slice(0, 0, 0)).sizes(), expected);
}

TEST(TorchvisionOperators, are_known_by_their_names) {
  register_torchvision_operators();
  const auto by_name = c10::Dispatcher::singleton()
                           .findSchemaOrThrow("torchvision::nms", "")
                           .typed<at::Tensor(const at::Tensor&, const at::Tensor&, double)>();
  const at::Tensor boxes = torch::tensor({{0.0F, 0.0F, 2.0F, 2.0F}, {0.0F, 0.0F, 2.0F, 1.9F}});
  EXPECT_EQ(listed(by_name.call(boxes, torch::tensor({0.1F, 0.9F}), 0.5)), std::vector<std::int64_t>{1});
}

}  // namespace
}  // namespace tise::models
