#include "tise/metrics/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metrics/samples_of.h"

namespace tise::metrics {
namespace {

using testing::golden_rows;
using ::testing::HasSubstr;

GroupRows logits_of(const at::Tensor& logits, testing::Dealing dealing = {}) {
  return testing::group_of({{"logits", logits}}, dealing);
}

/// Labels drawn from softmax(logits / temperature).
std::vector<std::size_t> drawn_labels(const at::Tensor& logits, double temperature) {
  const at::Tensor p = at::softmax(logits.to(at::kDouble) / temperature, 1);
  std::mt19937 generator(5);
  std::vector<std::size_t> labels;
  for (std::int64_t i = 0; i < p.size(0); ++i) {
    const auto* row = p[i].const_data_ptr<double>();
    labels.push_back(
        static_cast<std::size_t>(std::discrete_distribution<int>(row, row + p.size(1))(generator)));
  }
  return labels;
}

TEST(Calibration, recovers_a_known_temperature) {
  // Ten images of equal logits T log(0.6, 0.3, 0.1), six of the first class, three of the second, one of the
  // third: the likelihood is greatest exactly at T.
  const at::Tensor logits = torch::tensor({0.6, 0.3, 0.1}, at::kDouble).log().repeat({10, 1});
  const std::vector<std::size_t> labels{0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
  for (const double temperature : {0.02, 0.5, 1.0, 1.7, 30.0}) {
    const Calibration found = calibrate(logits_of(logits * temperature), labels);
    EXPECT_NEAR(found.temperature.value() / temperature, 1.0, 1e-7);
    EXPECT_NEAR(found.after.nll, -(0.6 * std::log(0.6) + 0.3 * std::log(0.3) + 0.1 * std::log(0.1)), 1e-9);
    EXPECT_NEAR(found.after.ece, 0.0, 1e-6);
    EXPECT_DOUBLE_EQ(found.accuracy, 0.6);
  }
}

TEST(Calibration, recovers_the_temperature_that_labels_were_drawn_at) {
  const at::Tensor logits = golden_rows(3, 40000, 10) * 3;
  const Calibration found = calibrate(logits_of(logits), drawn_labels(logits, 2.2));
  EXPECT_NEAR(found.temperature.value(), 2.2, 0.05);  // two standard errors of 40,000 draws
  EXPECT_LT(found.after.nll, found.before.nll);
  EXPECT_LT(found.after.ece, 0.01);
  EXPECT_GT(found.before.ece, 0.1);
}

TEST(Calibration, does_not_depend_on_order_or_chunks) {
  const at::Tensor logits = golden_rows(3, 500, 6) * 3;
  const auto labels = drawn_labels(logits, 1.4);
  EXPECT_NEAR(calibrate(logits_of(logits, {.chunk = 13, .shuffle = 8}), labels).temperature.value(),
              calibrate(logits_of(logits), labels).temperature.value(), 1e-9);
}

TEST(Calibration, agrees_with_a_calculation_by_hand) {
  // Confidences 3/4 (right), 3/4 (wrong): one bin, accuracy 1/2.
  const at::Tensor logits = torch::tensor({{std::log(3.0), 0.0}, {0.0, std::log(3.0)}}, at::kDouble);
  const Calibration found = calibrate(logits_of(logits), {0, 0});
  EXPECT_NEAR(found.before.nll, -(std::log(0.75) + std::log(0.25)) / 2, 1e-12);
  EXPECT_NEAR(found.before.ece, 0.25, 1e-12);
  EXPECT_EQ(found.n, 2U);
}

TEST(Calibration, has_no_temperature_if_the_likelihood_has_no_peak) {
  const at::Tensor logits = torch::eye(3);
  EXPECT_THAT(calibrate(logits_of(logits), {0, 1, 2}).reason, HasSubstr("T goes to 0"));
  EXPECT_THAT(calibrate(logits_of(logits), {1, 2, 0}).reason, HasSubstr("growing with T"));
  logits[0][0] = NAN;
  EXPECT_THAT(calibrate(logits_of(logits), {0, 1, 2}).reason, HasSubstr("not finite"));
}

TEST(Calibration, without_images_or_with_a_label_that_is_not_a_class_throws) {
  EXPECT_THROW(calibrate(logits_of(torch::eye(3)), {}), std::invalid_argument);
  EXPECT_THROW(calibrate(logits_of(torch::eye(3)), {0, 1, 3}), std::invalid_argument);
}

}  // namespace
}  // namespace tise::metrics
