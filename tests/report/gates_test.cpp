#include "tise/report/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tise/base/error.h"

namespace tise::report {
namespace {

using ::testing::HasSubstr;

Report report_with(const std::string& key, metrics::Result result) {
  Report report;
  report.metrics.push_back({key, key != "FID", std::move(result)});
  return report;
}

metrics::Result value_with_error(double value, double error) {
  metrics::Result result = metrics::Result::of(value, 100);
  result.std_error = error;
  return result;
}

Comparison comparison_with(const std::string& key, Verdict verdict) {
  Difference difference;
  difference.metric = key;
  difference.difference = -0.1;
  difference.std_error = 0.02;
  difference.p_adjusted = 0.001;
  difference.verdict = verdict;
  return {"this run", "", {difference}, {}, {}};
}

TEST(Gates, are_a_metric_and_a_limit) {
  const Gate gate = parse_gate(Gate::Kind::kFailUnder, "--fail-under", "clip-s=0.7");
  EXPECT_EQ(gate.metric, "CLIP-S");
  EXPECT_EQ(gate.limit, 0.7);
  EXPECT_EQ(gate.name(""), "CLIP-S at least 0.7");
  EXPECT_EQ(parse_gate(Gate::Kind::kFailOver, "--fail-over", "FID=2e1").name(""), "FID at most 20");
}

TEST(Gates, that_are_malformed_are_wrong_usage) {
  for (const char* text : {"FID", "FID=", "FID=x", "FID=1x", "=1", "FDI=1", "FID=nan", "FID=inf"}) {
    EXPECT_THROW(parse_gate(Gate::Kind::kFailOver, "--fail-over", text), UsageError) << text;
  }
}

TEST(Gates, have_limits_that_the_metric_can_reach) {
  const auto refused = [](const std::string& text) -> std::string {
    try {
      parse_gate(Gate::Kind::kFailUnder, "--fail-under", text);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "was not refused";
  };
  EXPECT_EQ(refused("rp=70"), "--fail-under: \"rp=70\": RP is from 0 to 1; did you mean RP=0.7?");
  EXPECT_EQ(refused("FID=-1"), "--fail-under: \"FID=-1\": FID is at least 0");
  EXPECT_EQ(refused("CLIP-S=70"), "--fail-under: \"CLIP-S=70\": CLIP-S is from 0 to 2.5");
  EXPECT_EQ(refused("IS=0.5"), "--fail-under: \"IS=0.5\": IS is at least 1");
  for (const char* text : {"RP=0", "RP=1", "FID=0", "IS=1", "CLIP-S=2.5"})
    EXPECT_EQ(refused(text), "was not refused") << text;
}

TEST(Gates, fail_beyond_their_limit_and_not_at_it) {
  const Report report = report_with("CLIP-S", value_with_error(0.7, 0.01));
  const auto crossed = [&](Gate::Kind kind, double limit) {
    return check_gates({{kind, "CLIP-S", limit}}, report, {}, "").at(0).crossed;
  };
  EXPECT_FALSE(crossed(Gate::Kind::kFailUnder, 0.7));
  EXPECT_TRUE(crossed(Gate::Kind::kFailUnder, 0.71));
  EXPECT_FALSE(crossed(Gate::Kind::kFailOver, 0.7));
  EXPECT_TRUE(crossed(Gate::Kind::kFailOver, 0.69));
}

TEST(Gates, report_the_value_with_its_error) {
  const auto results = check_gates({{Gate::Kind::kFailOver, "FID", 20}},
                                   report_with("FID", value_with_error(23.1, 0.4)), {}, "");
  EXPECT_EQ(results[0].message, "FID at most 20: 23.1000 ± 0.40");
}

TEST(Gates, fail_without_a_value) {
  const Report report = report_with("FID", metrics::Result::undefined("no real images given"));
  for (const Gate::Kind kind : {Gate::Kind::kFailOver, Gate::Kind::kFailIfWorse}) {
    const auto results =
        check_gates({{kind, "FID", 20}}, report, comparison_with("FID", Verdict::kBetter), "main");
    EXPECT_TRUE(results[0].crossed);
    EXPECT_THAT(results[0].message, HasSubstr("no value: no real images given"));
  }
  EXPECT_TRUE(check_gates({{Gate::Kind::kFailOver, "CA", 1}}, report, {}, "")[0].crossed);
}

TEST(Gates, against_a_baseline_fail_if_the_metric_is_significantly_worse) {
  const Report report = report_with("RP", value_with_error(0.7, 0.01));
  const Gate gate{Gate::Kind::kFailIfWorse, "RP", 0};
  const auto results = check_gates({gate}, report, comparison_with("RP", Verdict::kWorse), "main");
  EXPECT_TRUE(results[0].crossed);
  EXPECT_EQ(results[0].message, "RP not worse than main: RP 0.100 ± 0.020 lower: worse (Holm's p 0.0010)");
  EXPECT_FALSE(check_gates({gate}, report, comparison_with("RP", Verdict::kNoDifference), "main")[0].crossed);
  EXPECT_FALSE(check_gates({gate}, report, comparison_with("RP", Verdict::kBetter), "main")[0].crossed);
}

TEST(Junit, has_one_case_per_gate_and_escapes_markup) {
  const std::string xml =
      to_junit({{"a <b>", false, "fine & \"good\""}, {"c", true, "bad\x01"}}, "x & y", 1.5);
  EXPECT_THAT(xml, HasSubstr("<testsuites tests=\"2\" failures=\"1\" errors=\"0\">"));
  EXPECT_THAT(xml, HasSubstr("name=\"x &amp; y\""));
  EXPECT_THAT(xml,
              HasSubstr("name=\"a &lt;b&gt;\" time=\"0\">\n      <system-out>fine &amp; &quot;good&quot;"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"bad\"/>"));
}

TEST(Markdown, lists_the_gates_and_the_metrics) {
  Report report = report_with("IS*", value_with_error(3.25, 0.1));
  report.inputs.images.count = 100;
  report.metrics.push_back({"FID", false, metrics::Result::undefined("no real images given")});
  const std::string plain = to_markdown(report, {}, "", {});
  EXPECT_THAT(plain, HasSubstr("### tise-eval: 100 images"));
  EXPECT_THAT(plain, HasSubstr("| IS\\* | high | 3.2500 ± 0.10 | 100 |"));
  EXPECT_THAT(plain, ::testing::Not(HasSubstr("| FID")));
  const std::string gated = to_markdown(report, comparison_with("IS*", Verdict::kWorse), "main",
                                        {{"IS* at least 4", true, "IS* at least 4: 3.2500 ± 0.10"}});
  EXPECT_THAT(gated, HasSubstr("### tise-eval: 1 of 1 gate failed"));
  EXPECT_THAT(gated, HasSubstr("| IS\\* at least 4 | failed | 3.2500 ± 0.10 |"));
  EXPECT_THAT(gated, HasSubstr("IS\\* 0.100 ± 0.020 lower: worse"));
}

}  // namespace
}  // namespace tise::report
