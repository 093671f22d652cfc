#include "tise/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tise/base/error.h"
#include "tise/metrics/registry.h"

namespace tise::report {
namespace {

using metrics::Result;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// Lets an archive of the same name play a role.
void play(Report& report, const std::string& field, const std::string& kind,
          const std::string& sha256 = "0123456789abcdef") {
  report.played[field] = field;
  report.models[field] = {.kind = kind, .name = "net", .sha256 = sha256, .preparation = "none"};
}

/// Leaves one metric, with settings.
void only(Report& report, const std::string& key, const metrics::Settings& settings = {}) {
  report.metrics = {{key, metrics::find_chosen(key)->metric->higher_is_better, Result::of(1, 3), settings}};
}

Report small_report() {
  Report report;
  report.run.precision = "fp32";
  report.inputs.images = {"samples", 3, {"bad.png: empty file"}, {"extra.png"}, "0a"};
  report.inputs.captions = CaptionsInput{"captions.json", "map", "ab", 3, {}, "cd", "ef", "01"};
  report.metrics = {{"CLIP-S", true, Result::of(0.75, 3)},
                    {"FID", false, Result::undefined("no real images given")}};
  return report;
}

TEST(ReportJson, a_value_has_its_count_and_direction) {
  const json entry = json::parse(to_json(small_report()))["metrics"]["CLIP-S"];
  EXPECT_EQ(entry["value"], 0.75);
  EXPECT_EQ(entry["n"], 3);
  EXPECT_EQ(entry["higher_is_better"], true);
  EXPECT_FALSE(entry.contains("reason"));
}

TEST(ReportJson, a_metric_without_value_is_null_with_its_reason) {
  const json entry = json::parse(to_json(small_report()))["metrics"]["FID"];
  EXPECT_TRUE(entry["value"].is_null());
  EXPECT_EQ(entry["reason"], "no real images given");
}

TEST(ReportJson, has_what_was_left_out) {
  const json inputs = json::parse(to_json(small_report()))["inputs"];
  EXPECT_EQ(inputs["images"]["skipped"][0], "bad.png: empty file");
  EXPECT_EQ(inputs["images"]["unused"], 1);
  EXPECT_FALSE(inputs.contains("real"));
}

TEST(ReportJson, has_what_is_unusual_about_inputs_if_anything_is) {
  Report report = small_report();
  report.inputs.real.emplace().path = "real";
  json inputs = json::parse(to_json(report))["inputs"];
  for (const char* of : {"images", "real"}) EXPECT_FALSE(inputs[of].contains("left_out")) << of;
  report.inputs.images.left_out = {{"hidden", 2}};
  report.inputs.real->left_out = {{"archives", 1}};
  report.inputs.captions->notes = {{"empty", 3}};
  inputs = json::parse(to_json(report))["inputs"];
  EXPECT_EQ(inputs["images"]["left_out"]["hidden"], 2);
  EXPECT_EQ(inputs["real"]["left_out"]["archives"], 1);
  EXPECT_EQ(inputs["captions"]["empty"], 3);
}

TEST(ReportJson, counts_truncated_texts_if_there_are_any) {
  Report report = small_report();
  EXPECT_FALSE(json::parse(to_json(report))["inputs"]["captions"].contains("cut"));
  report.inputs.captions->cut = 2;
  EXPECT_EQ(json::parse(to_json(report))["inputs"]["captions"]["cut"], 2);
}

TEST(ReportJson, a_path_that_is_not_utf8_does_not_break_it) {
  Report report = small_report();
  report.inputs.images.path = "caf\xe9";
  EXPECT_EQ(json::parse(to_json(report))["inputs"]["images"]["path"], "caf\xef\xbf\xbd");
}

TEST(Signature, has_the_choices_of_what_was_computed_and_no_others) {
  const std::string text = signature(small_report());
  EXPECT_THAT(text, HasSubstr("metrics:CLIP-S|"));
  EXPECT_THAT(text, HasSubstr("prompt:A photo depicts |"));
  EXPECT_THAT(text, HasSubstr("n:3"));
  EXPECT_THAT(text, Not(HasSubstr("splits")));
}

TEST(Signature, differs_if_a_choice_differs) {
  Report report = small_report();
  report.metrics.push_back({"IS*", true, Result::of(2, 3)});
  report.metrics.push_back({"RP", true, Result::of(1, 3)});
  for (MetricEntry& entry : report.metrics) entry.settings.temperature = 0.9;
  const std::string usual = signature(report);
  for (const auto change :
       {+[](metrics::Settings& s) { s.prompt = "A picture of "; },
        +[](metrics::Settings& s) { s.splits = 5; }, +[](metrics::Settings& s) { s.seed = 1; },
        +[](metrics::Settings& s) { s.temperature = 1; },
        +[](metrics::Settings& s) { s.protocol = metrics::Protocol::kTise; },
        +[](metrics::Settings& s) { s.words["--rp"] = "sampled"; }}) {
    Report other = report;
    for (MetricEntry& entry : other.metrics) change(entry.settings);
    EXPECT_NE(signature(other), usual);
  }
}

TEST(Signature, differs_if_other_captions_were_left_out_whatever_their_images_are_called) {
  Report report = small_report();
  report.inputs.images.skipped = {};
  EXPECT_THAT(signature(report), Not(HasSubstr("left-out")));
  report.inputs.images.skipped = {"a.png: empty file", "b.png: empty file"};
  const std::string two = signature(report);
  EXPECT_THAT(two, HasSubstr("|left-out:2@01|"));
  report.inputs.images.skipped = {"x/a.png: empty file", "x/b.png: no image"};
  EXPECT_EQ(signature(report), two);
  report.inputs.captions->evaluated = "02";
  EXPECT_NE(signature(report), two);
  report.inputs.captions.reset();
  EXPECT_THAT(signature(report), HasSubstr("|left-out:2|"));
}

TEST(Signature, has_the_hash_of_the_captions_not_of_their_file) {
  Report report = small_report();
  const std::string usual = signature(report);
  EXPECT_THAT(usual, HasSubstr("|captions:cd|"));
  report.inputs.captions->sha256 = "another file";
  report.inputs.captions->format = "csv";
  EXPECT_EQ(signature(report), usual);
  report.inputs.captions->pairs = "ce";
  EXPECT_NE(signature(report), usual);
}

TEST(Signature, has_the_order_of_the_images_for_what_depends_on_it) {
  Report report = small_report();
  EXPECT_THAT(signature(report), Not(HasSubstr("order")));
  for (const char* key : {"IS", "IS*", "O-IS", "FID", "O-FID"}) {
    report.metrics = {{key, true, Result::of(2, 3)}};
    EXPECT_THAT(signature(report), HasSubstr("|order:0a|")) << key;
  }
  only(report, "KID");
  EXPECT_THAT(signature(report), Not(HasSubstr("order")));
  only(report, "KID", {.words = {{"--kid", "subsets"}}});
  EXPECT_THAT(signature(report), HasSubstr("|order:0a|"));
}

TEST(Signature, has_the_seed_only_if_images_are_permuted) {
  Report report = small_report();
  only(report, "IS");
  EXPECT_THAT(signature(report), HasSubstr("|splits:10|seed:2020|"));
  only(report, "IS", {.splits = 1});
  EXPECT_THAT(signature(report), Not(HasSubstr("seed")));
}

TEST(Signature, has_for_ca_the_settings_of_its_counter_or_its_detector) {
  Report report = small_report();
  only(report, "CA");
  play(report, "counts", "detector");
  EXPECT_THAT(signature(report), HasSubstr("|counts.threshold:0.5|"));
  EXPECT_THAT(signature(report), Not(HasSubstr("counts.protocol")));
  play(report, "counts", "counter");
  EXPECT_THAT(signature(report), HasSubstr("|counts.protocol:paper|"));
  EXPECT_THAT(signature(report), Not(HasSubstr("threshold")));
}

TEST(Signature, of_image_metrics_has_the_captions_that_chose_the_images) {
  Report report = small_report();
  report.metrics = {{"IS", true, Result::of(2, 3)}};
  EXPECT_THAT(signature(report), HasSubstr("|captions:"));
  report.inputs.captions.reset();
  EXPECT_THAT(signature(report), Not(HasSubstr("captions")));
}

TEST(Signature, a_separator_inside_a_value_is_encoded) {
  Report report = small_report();
  only(report, "CLIP-S", {.prompt = "a|b%\n"});
  EXPECT_THAT(signature(report), HasSubstr("prompt:a%7Cb%25%0A|"));
}

TEST(Signature, has_the_references_wherever_they_were_given) {
  Report report = small_report();
  report.inputs.captions->references = "0123456789abcdef";
  EXPECT_THAT(signature(report), Not(HasSubstr("references:")));
  report.metrics.push_back({"RefCLIP-S", true, Result::of(0.7, 3)});
  const std::string within = signature(report);
  EXPECT_THAT(within, HasSubstr("|references:0123456789ab|"));
  report.inputs.references = ReferencesInput{"refs.json", "abc"};
  EXPECT_EQ(signature(report), within);
}

TEST(Explain, names_each_choice_and_the_metrics_that_it_affects) {
  Report report = small_report();
  only(report, "CLIP-S", {.prompt = "a|b"});
  report.metrics.push_back({"IS*", true, Result::of(2, 3), {.temperature = 0.9}});
  const std::string text = explain(signature(report));
  EXPECT_THAT(text, HasSubstr("prompt: a|b\n    Goes before captions and references. Affects CLIP-S.\n"));
  EXPECT_THAT(text, HasSubstr("T: 0.9\n    The logits were divided by it. Affects IS*.\n"));
  EXPECT_THAT(text, HasSubstr("paper: as in the papers"));
}

TEST(Explain, defines_each_metric_but_not_what_the_archives_hash_covers) {
  const std::string text = explain(signature(small_report()));
  EXPECT_THAT(text, HasSubstr("CLIP-S: mean over pairs of 2.5·max(cos(image, prompt + caption), 0).\n"));
  EXPECT_THAT(text, Not(HasSubstr("covariances")));
}

TEST(Explain, takes_an_at_sign_for_an_archive_only_before_one) {
  Report report = small_report();
  only(report, "CLIP-S", {.prompt = "seen @ noon"});
  play(report, "clip", "clip");
  const std::string text = explain(signature(report));
  const std::string line = "Its name, then the first digits of its archive's SHA-256.";
  EXPECT_THAT(text, HasSubstr(line));
  EXPECT_EQ(text.find(line), text.rfind(line));
}

TEST(Explain, lists_what_the_tise_protocol_changes_in_the_computed_metrics) {
  Report report = small_report();
  for (const char* key : {"SOA-C", "SOA-I"})
    report.metrics.push_back({key, true, Result::of(0.5, 3), {.protocol = metrics::Protocol::kTise}});
  const std::string text = explain(signature(report));
  EXPECT_THAT(text, HasSubstr("SOA-C, SOA-I: an image in which nothing is detected does not count;"));
  EXPECT_THAT(text, Not(HasSubstr("softmax")));
}

TEST(Explain, knows_every_field_that_signatures_have) {
  Report report = small_report();
  report.metrics.clear();
  for (const metrics::Metric* metric : metrics::registry()) {
    for (const char* archive : {"", "@other"})
      report.metrics.push_back({std::string(metric->key) + archive,
                                true,
                                Result::of(0.5, 3),
                                {.temperature = 1.1, .object_temperature = 1.2}});
  }
  for (const metrics::Role* role : metrics::roles()) {
    for (const char* archive : {"", "other"})
      play(report, metrics::field_of(*role, archive), std::string(role->makers.back().kind));
  }
  auto& real = report.inputs.real.emplace(RealInput{.path = "real", .skipped = {}, .sets = {}});
  real.sets["features"] = {"real", 5, false, "cd"};
  real.sets["features@other"] = real.sets["objects"] = {"real", 0, true, "cd"};
  const std::string text = explain(signature(report));
  play(report, "counts", "counter");
  EXPECT_THAT(text + explain(signature(report)), Not(HasSubstr("Not a field")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("order: 0a\n    The order of the images by name."),
                    HasSubstr("    It determines the splits and the halves used to extrapolate distances.")));
  EXPECT_THAT(text, HasSubstr("unverified: the file does not state"));
  EXPECT_THAT(
      explain("metrics:FID,KID|order:ab|protocol:tise|KID:subsets/2020"),
      HasSubstr(
          "It determines the halves used to extrapolate distances, the last batch, which is dropped and\n"
          "    what KID's subsets draw.\n"));
  EXPECT_THAT(explain("metrics:RP|RP:sampled"), Not(HasSubstr("one draw with seed")));
  EXPECT_THAT(explain("metrics:IS|color:red"), HasSubstr("color: red\n    Not a field that tise-eval"));
}

TEST(Explain, refuses_what_is_not_a_signature) {
  EXPECT_THROW(explain("report.jsn"), UsageError);
  EXPECT_THROW(explain(""), UsageError);
}

TEST(Table, shows_values_and_reasons) {
  const std::string table = to_table(small_report());
  EXPECT_THAT(table, HasSubstr("CLIP-S  0.7500 "));
  EXPECT_THAT(table, HasSubstr("no real images given"));
}

TEST(Table, names_what_a_deviation_is_taken_over) {
  for (const auto& [key, over] :
       {std::pair("IS@other", "splits"), {"O-IS", "splits"}, {"KID", "subsets"}, {"RP", "bins"}}) {
    Report report = small_report();
    only(report, key);
    report.metrics.front().result.details["std"] = 0.25;
    EXPECT_THAT(to_table(report), HasSubstr(std::string("std over ") + over + " 0.2500")) << key;
  }
}

}  // namespace
}  // namespace tise::report
