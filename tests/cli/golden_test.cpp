// The demo checkpoints' reports must equal the committed ones (tests/golden), so that a drifting number is
// noticed. If a change is intended, tests/golden/update.sh rewrites them, and the commit explains why.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cli/demo.h"
#include "tise/metrics/registry.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::demo_run;
using testing::read_json;
using testing::real_statistics;
using testing::report_of;
using testing::tise_eval;
using testing::values;

constexpr double kTolerance = 1e-5;

std::string golden_path(const std::string& name) {
  return std::string(TISE_TEST_DATA) + "/golden/" + name + ".json";
}

json golden_report(const std::string& name) { return read_json(golden_path(name)); }

/// Adds the places where two values differ (numbers by more than the tolerance): `/FID/value: 3.25, golden
/// 3.5`.
void note_differences(const json& ours, const json& golden, const std::string& place,
                      std::vector<std::string>& differences) {
  if (ours.is_number() && golden.is_number()) {
    const double margin = kTolerance * std::max(std::abs(golden.get<double>()), 1e-3);
    if (std::abs(ours.get<double>() - golden.get<double>()) <= margin) return;
  } else if (ours.is_object() && golden.is_object()) {
    for (const auto& [key, value] : golden.items()) {
      note_differences(ours.value(key, json()), value, place + "/" + key, differences);
    }
    for (const auto& [key, value] : ours.items()) {
      if (!golden.contains(key)) differences.push_back(place + "/" + key + ": not in the golden report");
    }
    return;
  } else if (ours.is_array() && golden.is_array() && ours.size() == golden.size()) {
    for (std::size_t i = 0; i < golden.size(); ++i) {
      note_differences(ours[i], golden[i], place + "/" + std::to_string(i), differences);
    }
    return;
  } else if (ours == golden) {
    return;
  }
  differences.push_back(place + ": " + ours.dump() + ", golden " + golden.dump());
}

/// The signature except the version.
std::string choices(const std::string& signature) { return signature.substr(0, signature.rfind("|v:")); }

class GoldenReport : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenReport, is_what_the_program_computes) {
  const std::string name = GetParam();
  const std::string checkpoint = name.substr(0, name.find('-'));
  const std::string protocol = name.ends_with("-tise") ? "tise" : "paper";
  const json ours = report_of(
      tise_eval(demo_run(checkpoint, {"--real", testing::demo("real"), "--metrics",
                                      "all,fidelity@views,fidelity@words", "--protocol", protocol})));
  const json golden = golden_report(name);
  std::vector<std::string> differences;
  note_differences(ours["metrics"], golden["metrics"], "", differences);
  EXPECT_THAT(differences, ::testing::IsEmpty());
  EXPECT_EQ(choices(ours["signature"]), choices(golden["signature"]));
}

INSTANTIATE_TEST_SUITE_P(Of, GoldenReport,
                         ::testing::Values("faithful", "blurred", "miscounting", "misplacing", "mismatched",
                                           "collapsed", "faithful-tise", "miscounting-tise"),
                         [](const auto& golden) {
                           std::string name = golden.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(RankedCheckpoints, put_faithful_first) {
  testing::Arguments others;
  for (const char* checkpoint : {"blurred", "collapsed", "miscounting", "misplacing", "mismatched"}) {
    others.push_back(golden_path(checkpoint));
  }
  testing::Arguments rank{"rank", golden_path("faithful")};
  rank.insert(rank.end(), others.begin(), others.end());
  const json board = report_of(tise_eval(rank));
  EXPECT_EQ(board["entries"][0]["name"], "faithful");
  EXPECT_EQ(board["entries"].size(), 6U);

  testing::Arguments against{"--real", real_statistics(), "--metrics", "RS", "--against"};
  against.insert(against.end(), others.begin(), others.end());
  const json report = report_of(tise_eval(demo_run("faithful", against)));
  EXPECT_EQ(report["metrics"]["RS"]["value"], board["entries"][0]["RS"]);
}

std::map<std::string, double> golden_values(const std::string& checkpoint) {
  return values(golden_report(checkpoint));
}

TEST(Demo, each_damaged_checkpoint_loses_where_it_should) {
  const auto faithful = golden_values("faithful");
  const auto blurred = golden_values("blurred");
  EXPECT_GT(blurred.at("O-FID"), faithful.at("O-FID"));
  EXPECT_LT(blurred.at("IS"), faithful.at("IS"));
  EXPECT_GT(blurred.at("FID"), faithful.at("FID"));
  const auto mismatched = golden_values("mismatched");
  for (const char* key : {"CLIP-S", "RefCLIP-S", "RP", "SOA-C", "SOA-I", "PA"})
    EXPECT_LT(mismatched.at(key), faithful.at(key)) << key;
  const auto collapsed = golden_values("collapsed");
  for (const char* key : {"IS", "IS*"}) EXPECT_LT(collapsed.at(key), faithful.at(key)) << key;
  EXPECT_GT(collapsed.at("FID"), faithful.at("FID"));
  for (const char* encoder : {"@views", "@words"}) {
    for (const metrics::Metric* metric : metrics::in_group(metrics::kFidelity)) {
      const std::string key = std::string(metric->key) + encoder;
      EXPECT_GT(blurred.at(key), 2.0 * std::abs(faithful.at(key))) << key;
      EXPECT_GT(collapsed.at(key), 2.0 * std::abs(faithful.at(key))) << key;
      // It has the same images in another order.
      EXPECT_NEAR(mismatched.at(key), faithful.at(key), 1e-6 * std::abs(faithful.at(key))) << key;
    }
  }
  const auto misplacing = golden_values("misplacing");
  for (const char* key : {"CLIP-S", "PA"}) EXPECT_LT(misplacing.at(key), faithful.at(key)) << key;
  const auto miscounting = golden_values("miscounting");
  EXPECT_LT(miscounting.at("CLIP-S"), faithful.at("CLIP-S"));
  EXPECT_GT(miscounting.at("CA"), faithful.at("CA"));
  for (const auto& checkpoint : {faithful, blurred, mismatched, collapsed, misplacing, miscounting}) {
    // Every metric of the bag has a value, and every other metric has one by each encoder.
    const std::size_t bag = metrics::in_group(metrics::kBag).size();
    EXPECT_EQ(checkpoint.size(), bag + 2 * (metrics::registry().size() - bag));
    for (const auto& [key, value] : checkpoint) EXPECT_TRUE(std::isfinite(value)) << key;
  }
}

}  // namespace
}  // namespace tise::cli
