#include "tise/metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

TEST(Registry, lists_the_metrics_in_the_reports_order) {
  std::vector<std::string_view> keys;
  for (const Metric* metric : registry()) keys.push_back(metric->key);
  EXPECT_THAT(keys, ::testing::ElementsAre("CLIP-S", "RefCLIP-S", "IS", "IS*", "FID", "O-IS", "O-FID", "RP",
                                           "SOA-C", "SOA-I", "PA", "CA", "FD", "KID", "MMD"));
}

TEST(Registry, has_groups_that_stand_for_their_metrics) {
  EXPECT_EQ(grouped_keys(),
            "CLIP-S, RefCLIP-S, IS, IS*, FID, O-IS, O-FID, RP, SOA-C, SOA-I, PA, CA (all); "
            "FD, KID, MMD (fidelity)");
  EXPECT_EQ(in_group("bag").size(), 12U);
  EXPECT_EQ(in_group("ALL"), in_group("Bag"));
  EXPECT_THAT(in_group("fidelity"),
              ::testing::ElementsAre(find_metric("FD"), find_metric("KID"), find_metric("MMD")));
  EXPECT_TRUE(in_group("FID").empty());
}

TEST(Registry, finds_a_metric_ignoring_case) {
  for (const auto& [typed, key] : {std::pair("refclip-s", "RefCLIP-S"), {"is*", "IS*"}, {"FID", "FID"}}) {
    const Metric* metric = find_metric(typed);
    ASSERT_NE(metric, nullptr) << typed;
    EXPECT_EQ(metric->key, key);
  }
  EXPECT_EQ(find_metric("FI"), nullptr);
  EXPECT_EQ(find_metric(""), nullptr);
}

TEST(Result, of_a_number_that_is_not_finite_throws) {
  EXPECT_THROW(Result::of(std::numeric_limits<double>::quiet_NaN(), 3), std::logic_error);
}

}  // namespace
}  // namespace tise::metrics
