#include "tise/report/rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"

namespace tise::report {
namespace {

using metrics::Result;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TempFolder;
using testing::write_file;

const std::vector<std::string> kOnlyFid{"FID"};

/// An entry with these values; the other metrics of RS are missing.
RankEntry entry(const std::string& name, const std::map<std::string, double>& values,
                const std::optional<std::string>& signature = std::nullopt) {
  RankEntry entry;
  entry.name = name;
  entry.path = name + ".json";
  entry.values = values;
  entry.signature = signature;
  for (const std::string& key : rank_metrics()) {
    if (!values.contains(key)) entry.missing[key] = "not in the file";
  }
  return entry;
}

/// An entry with every metric of RS, the share metrics below 1; the larger `quality`, the better it is in all
/// of them.
RankEntry complete(const std::string& name, double quality,
                   const std::optional<std::string>& signature = {}) {
  std::map<std::string, double> values;
  for (const std::string& key : rank_metrics()) {
    const bool low = key == "FID" || key == "O-FID" || key == "CA";
    const bool is_score = key == "IS*" || key == "O-IS";  // at least 1
    values[key] = low ? 1 - quality : quality + (is_score ? 1 : 0);
  }
  return entry(name, values, signature);
}

/// An entry with the samples of one metric. The images have these scores, and each has its own caption.
RankEntry sampled_entry(const std::string& name, const std::vector<double>& scores,
                        const std::string& captions = "caption ") {
  auto set = std::make_shared<SampleSet>();
  SampledMetric& metric = set->metrics["IS*"];
  double mean = 0;
  for (const double score : scores) mean += score / static_cast<double>(scores.size());
  metric.value = mean;
  metric.n = scores.size();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::string id = std::to_string(i);
    set->lines.push_back({id, id, captions + id, {}});
    metric.influence.emplace_back(scores[i] - mean);
  }
  RankEntry sampled = entry(name, {{"IS*", mean}});
  sampled.samples = set;
  return sampled;
}

/// 40 scores around 2; some captions are harder than others.
std::vector<double> scores_with(double more, double noise) {
  std::vector<double> scores;
  for (int i = 0; i < 40; ++i) scores.push_back(2.0 + more + std::sin(i) + noise * std::cos(5 * i));
  return scores;
}

const RankedEntry& named(const Leaderboard& board, const std::string& name) {
  return *std::find_if(board.entries.begin(), board.entries.end(),
                       [&](const RankedEntry& ranked) { return ranked.name == name; });
}

std::vector<std::string> names(const Leaderboard& board) {
  std::vector<std::string> names;
  for (const RankedEntry& ranked : board.entries) names.push_back(ranked.name);
  return names;
}

template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "was not refused";
}

void expect_published_scores(const std::string& table) {
  const std::string path = TISE_TEST_DATA "/report/data/" + table;
  std::ifstream file(path);
  const json published = json::parse(file);
  const Leaderboard board = rank(read_rank_entries({path}), {});
  ASSERT_EQ(board.entries.size(), published.size());
  for (const RankedEntry& ranked : board.entries) {
    EXPECT_EQ(ranked.score, published.at(ranked.name).at("RS").get<double>()) << ranked.name;
  }
}

TEST(Rank, gives_the_eleven_published_scores_of_tise_on_coco) { expect_published_scores("tise_coco.json"); }

TEST(Rank, gives_the_ten_published_scores_of_tises_first_release) {
  expect_published_scores("tise_coco_first_release.json");
}

TEST(Rank, does_not_depend_on_the_order_of_the_entries) {
  auto entries = read_rank_entries({TISE_TEST_DATA "/report/data/tise_coco.json"});
  const json before = json::parse(to_json(rank(entries, {})))["entries"];
  std::reverse(entries.begin(), entries.end());
  EXPECT_EQ(json::parse(to_json(rank(entries, {})))["entries"], before);
}

TEST(Rank, the_worst_of_two_has_six_and_the_best_twelve) {
  const Leaderboard board = rank({complete("worse", 0.2), complete("better", 0.4)}, {});
  EXPECT_THAT(names(board), ElementsAre("better", "worse"));
  EXPECT_EQ(board.entries[0].score, 12);
  EXPECT_EQ(board.entries[1].score, 6);
}

TEST(Rank, an_aspect_is_the_mean_of_its_metrics_ranks) {
  RankEntry mixed = complete("mixed", 0.4);
  mixed.values["FID"] = 100;
  const Leaderboard board = rank({complete("a", 0.2), mixed}, {});
  EXPECT_EQ(named(board, "mixed").ranks.at("IS*"), 2);
  EXPECT_EQ(named(board, "mixed").ranks.at("FID"), 1);
  EXPECT_EQ(named(board, "mixed").aspects.at("image realism"), 1.5);
  EXPECT_EQ(named(board, "mixed").score, 11.5);
}

TEST(Rank, a_higher_fid_o_fid_and_ca_are_worse) {
  for (const std::string key : {"FID", "O-FID", "CA"}) {
    const Leaderboard board = rank({entry("low", {{key, 1}}), entry("high", {{key, 2}})}, {{key}});
    EXPECT_THAT(names(board), ElementsAre("low", "high")) << key;
  }
}

TEST(Rank, values_that_differ_by_rounding_share_their_ranks) {
  const Leaderboard board = rank({entry("a", {{"FID", 4.900503462237168}}),
                                  entry("b", {{"FID", 4.900503462235633}}), entry("c", {{"FID", 4.9005035}})},
                                 {kOnlyFid, false});
  EXPECT_EQ(named(board, "a").ranks.at("FID"), 2.5);
  EXPECT_EQ(named(board, "b").ranks.at("FID"), 2.5);
  EXPECT_EQ(named(board, "c").ranks.at("FID"), 1);
}

TEST(Rank, ties_share_the_mean_of_their_ranks) {
  const Leaderboard board =
      rank({entry("a", {{"FID", 3}}), entry("b", {{"FID", 1}}), entry("c", {{"FID", 1}}),
            entry("d", {{"FID", 1}}), entry("e", {{"FID", 0}})},
           {kOnlyFid});
  EXPECT_EQ(named(board, "a").score, 1);
  for (const char* name : {"b", "c", "d"}) EXPECT_EQ(named(board, name).score, 3) << name;
  EXPECT_EQ(named(board, "e").score, 5);
}

TEST(Rank, of_fewer_metrics_is_the_sum_over_the_aspects_that_are_left) {
  const RankSettings settings{{"IS*", "SOA-C", "SOA-I"}};
  const Leaderboard board = rank({complete("worse", 0.2), complete("better", 0.4)}, settings);
  EXPECT_THAT(board.metrics, ElementsAre("IS*", "SOA-C", "SOA-I"));
  EXPECT_EQ(named(board, "better").score, 4);
  EXPECT_EQ(named(board, "better").aspects.size(), 2);
}

TEST(Rank, an_entry_without_a_metric_has_no_score_and_does_not_affect_others) {
  RankEntry lacking = complete("lacking", 0.9);
  lacking.values.erase("PA");
  lacking.missing["PA"] = "no captions given";
  const Leaderboard board = rank({lacking, complete("a", 0.2), complete("b", 0.4)}, {});
  EXPECT_THAT(names(board), ElementsAre("b", "a", "lacking"));
  EXPECT_EQ(named(board, "lacking").score, std::nullopt);
  EXPECT_EQ(named(board, "lacking").reason, "no PA (no captions given)");
  EXPECT_EQ(named(board, "b").score, 12);
  EXPECT_THAT(board.notes, ElementsAre("lacking is not ranked: no PA (no captions given)"));
}

TEST(Rank, needs_two_complete_entries_and_reports_what_each_is_missing) {
  EXPECT_THAT(
      refusal([] {
        rank({complete("a", 0.2), entry("b", {{"FID", 1}})}, {{"FID", "CA"}});
      }),
      AllOf(HasSubstr("two entries"), HasSubstr("a: complete"), HasSubstr("b: no CA (not in the file)")));
}

TEST(RankComparable, signatures_that_differ_are_named_with_their_files) {
  const auto a = complete("a", 0.2, "metrics:FID|features.real:5000|n:9|v:1");
  const auto b = complete("b", 0.4, "metrics:IS*|features.real:300|n:9|v:2");
  EXPECT_THAT(refusal([&] {
                rank({a, b}, {});
              }),
              AllOf(HasSubstr("the real images: features.real:5000 in a.json, features.real:300 in b.json"),
                    HasSubstr("--force"), Not(HasSubstr("metrics:")), Not(HasSubstr("v:"))));
}

TEST(RankComparable, a_forced_difference_is_a_warning) {
  const Leaderboard board =
      rank({complete("a", 0.2, "n:9"), complete("b", 0.4, "n:10")}, {.metrics = {}, .force = true});
  EXPECT_THAT(board.warnings, ElementsAre("the number of images: n:9 in a.json, n:10 in b.json"));
  EXPECT_EQ(board.entries[0].score, 12);
}

TEST(RankComparable, a_field_of_metrics_that_are_not_ranked_may_differ) {
  const auto a = complete("a", 0.2, "clip.input:x|prompt:p|T:1|n:9");
  const auto b = complete("b", 0.4, "clip.input:y|prompt:q|T:2|n:9");
  EXPECT_THAT(rank({a, b}, {kOnlyFid}).warnings, IsEmpty());
  EXPECT_THAT(refusal([&] { rank({a, b}, {{"PA"}}); }), HasSubstr("CLIP: clip.input:x in a.json"));
}

TEST(RankComparable, images_of_another_order_are_ranked) {
  EXPECT_THAT(rank({complete("a", 0.2, "order:1|n:9"), complete("b", 0.4, "order:2|n:9")}, {}).warnings,
              IsEmpty());
}

TEST(RankComparable, the_detectors_threshold_matters_for_ca_only_if_the_detector_counts) {
  const auto settings_of = [](const std::string& counter, double threshold) {
    Report report;
    const metrics::Settings settings{.detector_threshold = threshold};
    report.metrics = {{"SOA-C", true, Result::of(0.5, 9), settings},
                      {"CA", false, Result::of(1, 9), settings}};
    report.models["maskrcnn"] = {.kind = "detector", .name = "net", .sha256 = "ab", .preparation = ""};
    report.models["counter"] = {.kind = "counter", .name = "net", .sha256 = counter, .preparation = ""};
    report.played = {{"detector", "maskrcnn"},
                     {"labels", "maskrcnn"},
                     {"counts", counter.empty() ? "maskrcnn" : "counter"}};
    return signature(report);
  };
  const auto a = complete("a", 0.2, settings_of("cd", 0.5));
  const auto b = complete("b", 0.4, settings_of("cd", 0.7));
  EXPECT_THAT(rank({a, b}, {{"CA"}}).warnings, IsEmpty());
  EXPECT_THAT(refusal([&] { rank({a, b}, {{"SOA-C"}}); }), HasSubstr("detector.threshold:0.5 in a.json"));
  const auto c = complete("c", 0.2, settings_of("", 0.5));
  const auto d = complete("d", 0.4, settings_of("", 0.7));
  EXPECT_THAT(refusal([&] { rank({c, d}, {{"CA"}}); }), HasSubstr("counts.threshold:0.5 in c.json"));
}

TEST(RankComparable, a_field_that_only_one_report_has_is_no_difference) {
  EXPECT_THAT(rank({complete("a", 0.2, "n:9|RP:exact"), complete("b", 0.4, "n:9")}, {}).warnings, IsEmpty());
}

TEST(RankComparable, an_unknown_field_must_be_the_same) {
  EXPECT_THAT(refusal([] {
                rank({complete("a", 0.2, "new:1"), complete("b", 0.4, "new:2")}, {kOnlyFid});
              }),
              HasSubstr("new:1 in a.json, new:2 in b.json"));
}

TEST(RankComparable, an_entry_that_is_not_ranked_is_not_compared) {
  const auto apart = entry("apart", {{"CA", 1}}, "n:1");
  EXPECT_THAT(rank({complete("a", 0.2, "n:9"), complete("b", 0.4, "n:9"), apart}, {kOnlyFid}).warnings,
              IsEmpty());
}

TEST(RankComparable, flat_entries_among_reports_are_noted) {
  const Leaderboard board = rank({complete("a", 0.2, "n:9"), complete("b", 0.4)}, {});
  EXPECT_THAT(board.notes, ElementsAre(AllOf(HasSubstr("no signature"), HasSubstr(": b"))));
}

TEST(RankComparable, a_share_mixed_with_a_percentage_is_refused) {
  for (const std::string key : {"RP", "SOA-C", "SOA-I", "PA"}) {
    const std::vector<RankEntry> entries{entry("a", {{key, 0.5}}), entry("b", {{key, 50}})};
    EXPECT_THAT(refusal([&] { rank(entries, {{key}}); }),
                AllOf(HasSubstr(key + ": 0.5 in a.json is a share (0..1)"),
                      HasSubstr("50 in b.json is a percentage")));
    EXPECT_EQ(rank(entries, {{key}, true}).warnings.size(), 1) << key;
  }
}

TEST(RankComparable, a_zero_fits_either_scale) {
  EXPECT_THAT(rank({entry("a", {{"RP", 0}}), entry("b", {{"RP", 50}})}, {{"RP"}}).warnings, IsEmpty());
}

TEST(RankComparable, a_distance_has_no_scale) {
  EXPECT_THAT(rank({entry("a", {{"FID", 0.5}}), entry("b", {{"FID", 50}})}, {kOnlyFid}).warnings, IsEmpty());
}

/// Reads files in a temporary folder as entries.
class RankFiles : public ::testing::Test {
 protected:
  std::vector<RankEntry> read(const std::vector<std::string>& files) const {
    std::vector<std::filesystem::path> paths;
    paths.reserve(files.size());
    for (const std::string& file : files) paths.push_back(folder_ / file);
    return read_rank_entries(paths);
  }
  RankEntry read_one(const std::string& content) const {
    write_file(folder_ / "one.json", content);
    return read({"one.json"}).front();
  }
  std::string refused(const std::string& content) const {
    return refusal([&] { read_one(content); });
  }

  TempFolder folder_;
};

TEST_F(RankFiles, a_flat_files_keys_are_read_in_any_case_and_unused_ones_listed) {
  const RankEntry entry = read_one(R"({"is*": 46.61, "Fid": 22, "CLIP-S": 0.7, "note": "x", "CA": null})");
  EXPECT_EQ(entry.values, (std::map<std::string, double>{{"IS*", 46.61}, {"FID", 22}}));
  EXPECT_THAT(entry.unused, ElementsAre("CLIP-S", "note"));
  EXPECT_EQ(entry.missing.at("CA"), "null in the file");
  EXPECT_EQ(entry.missing.at("PA"), "not in the file");
  EXPECT_EQ(entry.signature, std::nullopt);
}

TEST_F(RankFiles, a_reports_values_reasons_and_signature_are_read) {
  Report report;
  report.metrics = {{"FID", false, Result::of(20.5, 3)},
                    {"RP", true, Result::undefined("no captions given")}};
  const RankEntry entry = read_one(to_json(report));
  EXPECT_EQ(entry.name, "one");
  EXPECT_EQ(entry.values, (std::map<std::string, double>{{"FID", 20.5}}));
  EXPECT_EQ(entry.missing.at("RP"), "no captions given");
  EXPECT_EQ(entry.missing.at("SOA-C"), "not in the report");
  EXPECT_EQ(entry.signature, signature(report));
  EXPECT_THAT(entry.unused, IsEmpty());
}

TEST_F(RankFiles, a_value_that_cannot_be_is_refused_with_the_file_and_the_range) {
  EXPECT_THAT(refused(R"({"IS*": 3, "fid": -1})"),
              HasSubstr("one.json: \"fid\" is -1, but FID is at least 0; write null if it was not computed"));
  EXPECT_THAT(refused(R"({"a": {"IS*": 0.5}})"),
              HasSubstr("entry \"a\": \"IS*\" is 0.5, but IS* is at least 1"));
  EXPECT_THAT(refused(R"([{"name": "a", "PA": 101}])"),
              HasSubstr("\"PA\" is 101, but PA is from 0 to 1, or to 100 as a percentage"));
  EXPECT_THAT(refused(R"({"SOA-C": -0.5})"), HasSubstr("is -0.5, but SOA-C is from 0 to 1"));
  EXPECT_THAT(refused(R"({"FID": "12"})"), HasSubstr("must be a number, is a string"));
  EXPECT_THAT(refused(R"({"FID": NaN})"), HasSubstr("not JSON"));
  EXPECT_THAT(refused(R"({"FID": NaN})"), HasSubstr("write null for a value that is missing"));
  EXPECT_THAT(refused(R"({"FID": -Infinity})"), HasSubstr("JSON has no NaN and no Infinity"));
  EXPECT_THAT(refused(R"({"FID": 1e999})"), HasSubstr("not JSON"));
  EXPECT_EQ(read_one(R"({"FID": -0.00008, "RP": 100})").values.at("RP"), 100);  // rounding, and percentages
}

TEST_F(RankFiles, a_report_whose_value_cannot_be_is_refused) {
  Report report;
  report.metrics = {{"RP", true, Result::of(82.0, 3)}};
  EXPECT_THAT(refused(to_json(report)), HasSubstr("metric \"RP\": \"value\" is 82, but RP is from 0 to 1"));
}

TEST_F(RankFiles, a_report_with_something_else_for_an_error_has_none) {
  for (const std::string error : {R"("std_error": 1, "ci95": ["a", 2])", R"("std_error": 1, "ci95": [1])",
                                  R"("std_error": "x", "ci95": [1, 2])"}) {
    const RankEntry entry =
        read_one(R"({"schema": 1, "signature": "n:3", "metrics": {"FID": {"value": 2, )" + error + "}}}");
    EXPECT_EQ(entry.values.at("FID"), 2);
    EXPECT_THAT(entry.errors, IsEmpty()) << error;
  }
}

TEST_F(RankFiles, that_are_nested_too_deep_are_refused) {
  EXPECT_THAT(refused(std::string(2'000'000, '[') + std::string(2'000'000, ']')),
              HasSubstr("one.json: nested more than 100 deep"));
  EXPECT_THAT(
      refused(R"([{"name": "a", "FID": 1, "more": )" + std::string(200, '[') + std::string(200, ']') + "}]"),
      HasSubstr("one.json: nested more than 100 deep"));
}

TEST_F(RankFiles, a_table_in_one_file_has_one_entry_per_name) {
  write_file(folder_ / "map.json", R"({"B": {"FID": 2}, "A": {"FID": 1}})");
  write_file(folder_ / "list.json", R"([{"name": "C", "FID": 3}])");
  const auto entries = read({"map.json", "list.json"});
  ASSERT_EQ(entries.size(), 3);
  EXPECT_EQ(entries[0].name, "B");
  EXPECT_EQ(entries[1].name, "A");
  EXPECT_EQ(entries[2].name, "C");
  EXPECT_EQ(entries[2].values.at("FID"), 3);
  EXPECT_THAT(entries[2].unused, IsEmpty());
}

TEST_F(RankFiles, equal_stems_are_told_apart_by_their_folders) {
  for (const char* file :
       {"x/step10/report.json", "x/step20/report.json", "y/step20/report.json", "last.json"})
    write_file(folder_ / file, R"({"FID": 1})");
  const auto entries =
      read({"x/step10/report.json", "x/step20/report.json", "y/step20/report.json", "last.json"});
  EXPECT_EQ(entries[0].name, "step10/report");
  EXPECT_EQ(entries[1].name, "x/step20/report");
  EXPECT_EQ(entries[2].name, "y/step20/report");
  EXPECT_EQ(entries[3].name, "last");
}

TEST_F(RankFiles, a_file_given_twice_is_refused_by_whatever_path) {
  write_file(folder_ / "a/b.json", R"({"FID": 1})");
  EXPECT_THAT(refusal([&] { read({"a/b.json", "a/../a/b.json"}); }), HasSubstr("passed twice"));
}

TEST_F(RankFiles, bad_ones_are_refused_with_role_path_and_place) {
  EXPECT_THAT(refusal([&] { read({"none.json"}); }), AllOf(HasSubstr("report "), HasSubstr("none.json")));
  EXPECT_THAT(refused("not json"), AllOf(HasSubstr("one.json: line 1"), HasSubstr("not JSON")));
  EXPECT_THAT(refused("3"), HasSubstr("must be an object, is a number"));
  EXPECT_THAT(refused("[]"), HasSubstr("empty list"));
  EXPECT_THAT(refused("{}"), HasSubstr("none of RS's metrics"));
  EXPECT_THAT(refused(R"({"a": "a red circle"})"), HasSubstr("none of RS's metrics"));
  EXPECT_THAT(refused(R"([{"FID": 1}])"), HasSubstr("item 1: has no \"name\""));
  EXPECT_THAT(refused(R"([{"name": "a", "FID": 1}, {"name": "a", "FID": 2}])"), HasSubstr("appears twice"));
  EXPECT_THAT(refused(R"({"a": {"FID": 1}, "b": {"x": 1}})"), HasSubstr("entry \"b\""));
}

TEST_F(RankFiles, what_is_not_a_finite_number_is_refused) {
  EXPECT_THAT(refused(R"({"FID": "22.6"})"), HasSubstr("\"FID\" must be a number, is a string"));
  EXPECT_THAT(refused(R"({"FID": NaN})"), HasSubstr("not JSON"));
  EXPECT_THAT(refused(R"({"FID": 1e999})"), HasSubstr("1e999"));
  EXPECT_THAT(refused(R"({"FID": 1, "fid": 2})"), HasSubstr("has FID twice"));
  EXPECT_THAT(refused(R"({"FID": 1, "FID": 2})"), HasSubstr("duplicate key \"FID\""));
}

TEST_F(RankFiles, a_report_of_another_schema_or_without_its_parts_is_refused) {
  EXPECT_THAT(refused(R"({"schema": 2, "metrics": {}, "signature": ""})"),
              HasSubstr("has schema 2, but this version reads schema 1"));
  EXPECT_THAT(refused(R"({"metrics": {}})"), HasSubstr("schema"));
  EXPECT_THAT(refused(R"({"schema": 1})"), HasSubstr("has no \"metrics\""));
  EXPECT_THAT(refused(R"({"schema": 1, "metrics": {}})"), HasSubstr("has no \"signature\""));
  EXPECT_THAT(refused(R"({"schema": 1, "signature": "", "metrics": {"FID": {"value": "1"}}})"),
              HasSubstr("metric \"FID\": \"value\" must be a number or null, is a string"));
}

TEST(RankJson, has_name_score_ranks_and_metrics) {
  const Leaderboard board =
      rank({entry("a", {{"FID", 2}}), entry("b", {{"FID", 1}}), entry("c", {{"CA", 1}})}, {kOnlyFid});
  const json text = json::parse(to_json(board));
  EXPECT_EQ(text["metrics"], json({"FID"}));
  EXPECT_EQ(text["entries"][0], json::parse(R"({"name": "b", "RS": 2.0, "interval": null, "chances": [],
      "ranks": {"FID": 2.0}, "aspects": {"image realism": 2.0}, "metrics": {"FID": 1.0}, "letters": {}})"));
  EXPECT_EQ(text["no_interval"],
            "a has only values, no samples; pass its --samples file or its store instead");
  EXPECT_EQ(text["entries"][2]["name"], "c");
  EXPECT_TRUE(text["entries"][2]["RS"].is_null());
  EXPECT_EQ(text["entries"][2]["reason"], "no FID (not in the file)");
  EXPECT_TRUE(text["entries"][2]["metrics"]["FID"].is_null());
}

TEST(RankTable, shows_values_with_their_ranks) {
  const std::string table =
      to_table(rank({entry("a", {{"FID", 22.6}}), entry("bée", {{"FID", 1}})}, {kOnlyFid}));
  EXPECT_THAT(table, ::testing::StartsWith("name  RS  FID\nbée   2   1 (2)\na     1   22.6 (1)\n"));
}

TEST(RankTable, shows_the_variation_on_re_evaluation) {
  const std::string table = to_table(rank(
      {sampled_entry("a", scores_with(0.0, 0.1)), sampled_entry("b", scores_with(-0.5, 0.1))}, {{"IS*"}}));
  EXPECT_THAT(table, ::testing::StartsWith("name  RS  95% on re-evaluation  ranks first  IS*\n"
                                           "a     2   2 to 2                100%         2"));
}

/// A run's report with every metric of RS, and the settings of its signature.
Report run_report(double quality) {
  Report report;
  report.run.precision = "fp32";
  for (const auto& [key, value] : complete("run", quality).values) {
    report.metrics.push_back({key, true, Result::of(value, 9)});
  }
  return report;
}

TEST(RankingScore, ranks_the_run_among_the_others) {
  const Result result = ranking_score(run_report(0.3), {}, {complete("a", 0.2), complete("b", 0.4)}, {});
  EXPECT_EQ(result.value, 12);
  EXPECT_EQ(result.n, 3);
  EXPECT_EQ(result.details["ranks"]["FID"], 2);
  EXPECT_EQ(result.details["against"].dump(), R"(["b","a"])");
}

TEST(RankingScore, is_what_rank_gives_from_the_written_reports) {
  const TempFolder folder;
  write_file(folder / "run.json", to_json(run_report(0.3)));
  write_file(folder / "a.json", to_json(run_report(0.2)));
  const Leaderboard board = rank(read_rank_entries({folder / "run.json", folder / "a.json"}), {});
  const Result result = ranking_score(run_report(0.3), {}, read_rank_entries({folder / "a.json"}), {});
  EXPECT_EQ(result.value, named(board, "run").score);
}

TEST(RankingScore, over_fewer_metrics_warns) {
  const Result result = ranking_score(run_report(0.3), {}, {complete("a", 0.2)}, {{"IS*", "FID"}});
  EXPECT_EQ(result.value, 2);
  EXPECT_THAT(result.warnings, ElementsAre("ranked only by IS*, FID"));
  EXPECT_THAT(ranking_score(run_report(0.3), {}, {complete("a", 0.2)}, {}).warnings, IsEmpty());
}

TEST(RankingScore, without_others_is_null_with_the_reason) {
  const Result result = ranking_score(run_report(0.3), {}, {}, {});
  EXPECT_EQ(result.value, std::nullopt);
  EXPECT_EQ(result.reason, "no other reports given (--against)");
}

TEST(RankingScore, of_a_run_without_a_metric_is_null_with_the_metrics_reason) {
  Report report = run_report(0.3);
  report.metrics.front().result = Result::undefined("no detector");
  const std::string key = report.metrics.front().key;
  EXPECT_EQ(ranking_score(report, {}, {complete("a", 0.2)}, {}).reason, "no " + key + " (no detector)");
}

TEST(RankingScore, among_reports_without_a_metric_is_null) {
  EXPECT_EQ(ranking_score(run_report(0.3), {}, {entry("a", {{"FID", 1}})}, {}).reason,
            "RS needs another report that has every ranked metric");
}

TEST(RankingScore, among_reports_of_another_protocol_is_null_unless_forced) {
  const std::vector<RankEntry> others{complete("a", 0.2, "precision:fp16")};
  EXPECT_THAT(ranking_score(run_report(0.3), {}, others, {}).reason,
              HasSubstr("precision:fp32 in this run, precision:fp16 in a.json"));
  const Result forced = ranking_score(run_report(0.3), {}, others, {.metrics = {}, .force = true});
  EXPECT_EQ(forced.value, 12);
  EXPECT_EQ(forced.warnings.size(), 1);
}

TEST(CheckRivals, refuses_before_the_run_what_could_not_be_ranked_afterwards) {
  EXPECT_NO_THROW(check_rivals(run_report(1), {complete("a", 0.2)}, {}));
  EXPECT_THAT(refusal([] {
                check_rivals(run_report(1), {entry("a", {{"FID", 1}})}, {});
              }),
              HasSubstr("a.json: no IS* (not in the file)"));
  EXPECT_THAT(refusal([] { check_rivals(run_report(1), {complete("a", 0.2, "precision:fp16")}, {}); }),
              HasSubstr("precision:fp32 in this run"));
  EXPECT_THAT(refusal([] { check_rivals(run_report(1), {complete("a", 50)}, {}); }), HasSubstr("percentage"));
}

TEST(CheckRivals, compares_the_others_with_one_another_if_the_run_has_no_metrics) {
  const std::vector<RankEntry> others{complete("a", 0.2, "n:1"), complete("b", 0.2, "n:2")};
  EXPECT_THAT(refusal([&] { check_rivals(Report(), others, {}); }),
              HasSubstr("n:1 in a.json, n:2 in b.json"));
}

/// The letters of values with these errors, by rank().
std::vector<std::string> letters(const std::string& key, const std::vector<double>& values,
                                 const std::vector<std::optional<double>>& errors,
                                 std::optional<double> widening = 1.0) {
  std::vector<RankEntry> entries;
  for (std::size_t i = 0; i < values.size(); ++i) {
    entries.push_back(entry(std::to_string(i), {{key, values[i]}}));
    if (errors[i]) entries.back().errors[key] = {*errors[i], {}, widening};
  }
  const Leaderboard board = rank(entries, {{key}});
  std::vector<std::string> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& all = named(board, std::to_string(i)).letters;
    found.push_back(all.contains(key) ? all.at(key) : "");
  }
  return found;
}

TEST(Letters, are_shared_by_entries_that_do_not_differ) {
  // With this error 10 and 11 differ from 20, and 15 differs from none.
  const std::vector<std::optional<double>> errors(4, 1.5);
  EXPECT_THAT(letters("IS*", {20.0, 10.0, 15.0, 11.0}, errors), ElementsAre("a", "b", "ab", "b"));
  EXPECT_THAT(letters("FID", {20.0, 10.0, 15.0, 11.0}, errors), ElementsAre("b", "a", "ab", "a"));
  EXPECT_THAT(letters("IS*", {1.0, 2.0, 3.0}, {0.01, 0.01, 0.01}), ElementsAre("c", "b", "a"));
  EXPECT_THAT(letters("IS*", {1.0, 1.0}, {0.0, 0.0}), ElementsAre("a", "a"));
  EXPECT_THAT(letters("IS*", {1.0, 2.0}, {0.1, std::nullopt}), ElementsAre("", ""));
}

TEST(Letters, widen_errors_like_tests) {
  EXPECT_THAT(letters("IS*", {20.0, 10.0}, {2.0, 2.0}), ElementsAre("a", "b"));
  EXPECT_THAT(letters("IS*", {20.0, 10.0}, {2.0, 2.0}, 2.0), ElementsAre("a", "a"));
  EXPECT_THAT(letters("SOA-C", {0.9, 0.1}, {0.01, 0.01}, std::nullopt), ElementsAre("a", "a"));
}

TEST(Variation, of_runs_on_the_same_captions_is_that_of_their_differences) {
  const auto board = [](const std::string& captions) {
    return rank(
        {sampled_entry("a", scores_with(0.0, 0.0)), sampled_entry("b", scores_with(0.05, 0.1), captions)},
        {{"IS*"}});
  };
  // The differences are 0.05 plus 0.1 · cos. Their error is 0.071/√40, so b leads by 4.5 standard errors.
  EXPECT_GT(named(board("caption "), "b").chances[0], 0.9995);
  EXPECT_EQ(named(board("caption "), "b").interval, (std::array{2.0, 2.0}));
  EXPECT_EQ(named(board("caption "), "a").letters.at("IS*"), "b");
  // On other captions they vary by 0.71/√40 each, so b leads by 0.3 standard errors: Φ(0.31) = 0.62.
  const Leaderboard others = board("another ");
  EXPECT_NEAR(named(others, "b").chances[0], 0.62, 0.03);
  EXPECT_NEAR(named(others, "a").chances[0] + named(others, "b").chances[0], 1.0, 1e-9);
  EXPECT_EQ(named(others, "b").interval, (std::array{1.0, 2.0}));
  EXPECT_EQ(named(others, "a").letters.at("IS*"), "a");
}

/// An entry with all metrics of RS, whose influences have very different sizes.
RankEntry sampled_in_all(const std::string& name, double noise) {
  RankEntry all = complete(name, 0.5);
  auto set = std::make_shared<SampleSet>(*sampled_entry(name, scores_with(0.0, noise)).samples);
  double scale = 1e-4;
  for (const std::string& key : rank_metrics()) {
    set->metrics[key] = set->metrics.at("IS*");
    for (auto& influence : set->metrics[key].influence) *influence *= scale;
    set->metrics[key].value = all.values.at(key);
    scale *= 4.0;
  }
  all.samples = set;
  return all;
}

TEST(Variation, gives_twins_the_same_chances_in_any_order) {
  const RankEntry a = sampled_in_all("a", 0.1);
  const RankEntry b = sampled_in_all("b", 0.1);
  const RankEntry c = sampled_in_all("c", 0.7);
  const Leaderboard one = rank({a, b, c}, {});
  const Leaderboard other = rank({c, b, a}, {});
  EXPECT_EQ(named(one, "a").chances, named(one, "b").chances);
  EXPECT_EQ(named(one, "a").interval, named(one, "b").interval);
  EXPECT_LT(named(one, "c").chances[0], 1.0);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(named(one, name).chances, named(other, name).chances);
    EXPECT_EQ(named(one, name).interval, named(other, name).interval);
  }
}

TEST(Variation, of_runs_with_different_kinds_of_errors_is_none) {
  RankEntry fixed = sampled_in_all("b", 0.1);
  auto set = std::make_shared<SampleSet>(*fixed.samples);
  set->prompts = metrics::Prompts::kFixed;
  fixed.samples = set;
  const Leaderboard board = rank({sampled_in_all("a", 0.1), fixed}, {});
  EXPECT_THAT(board.no_variation, HasSubstr("--prompts is fixed in only one of a and b"));
  EXPECT_TRUE(named(board, "a").letters.empty());
}

TEST(Variation, needs_samples_of_each_entry_and_names_one_without) {
  const Leaderboard board =
      rank({sampled_entry("a", scores_with(0.0, 0.1)), entry("b", {{"IS*", 2.0}})}, {{"IS*"}});
  EXPECT_FALSE(named(board, "a").interval);
  EXPECT_THAT(board.no_variation, HasSubstr("b has only values, no samples"));
  EXPECT_THAT(to_table(board), HasSubstr("RS has no interval: b has only values"));
  EXPECT_TRUE(json::parse(to_json(board))["entries"][0]["interval"].is_null());
}

}  // namespace
}  // namespace tise::report
