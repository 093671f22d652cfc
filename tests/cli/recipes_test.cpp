// Recipes: published protocols as flags, and the check whether a report follows one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "cli/small_run.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using testing::Arguments;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::report_of;
using testing::signature_field;
using testing::SmallRun;
using testing::tise_eval;

constexpr const char* kRecipes[] = {"adm", "cmmd", "coco30k-256", "dgm", "mjhq", "mlperf-sdxl"};

class Recipes : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return world_.path(name); }
  /// Checks a report with these fields and values against MLPerf's recipe.
  Outcome check(const std::string& signature, double fid, double clip_s) const {
    testing::write_file(
        path("made.json"),
        json{{"signature", signature},
             {"metrics", {{"FID", {{"value", fid}, {"std_error", 0.5}}}, {"CLIP-S", {{"value", clip_s}}}}}}
            .dump());
    return tise_eval({"recipes", "--check", "mlperf-sdxl", path("made.json")});
  }
  static std::string signature(const std::string& n, const std::string& more = "") {
    return "metrics:CLIP-S,FID|clip:ViT-B/32@0|clip.input:resize=224:pillow-bicubic,crop="
           "224x224|features:Inception 2015-12-05@0|"
           "protocol:paper|precision:fp32|features.input:resize=299x299:torch-bilinear|features.real:? "
           "unverified|prompt:|n:" +
           n + more;
  }

  const SmallRun world_;
};

TEST_F(Recipes, are_listed_and_shown_with_how_to_use_them) {
  const Outcome list = tise_eval({"recipes"});
  for (const char* name : kRecipes) {
    EXPECT_THAT(list.out, HasSubstr(name));
    EXPECT_THAT(tise_eval({"recipes", name}).out,
                AllOf(HasSubstr(std::string("tise-eval --recipe ") + name), HasSubstr("tise-export")));
  }
  EXPECT_THAT(list.out, HasSubstr("(untried)"));
}

TEST_F(Recipes, have_flags_that_the_commands_know) {
  for (const char* name : kRecipes) {
    const Outcome main = tise_eval({"--images", "x", "--recipe", name, "--print-config"});
    EXPECT_EQ(main.code, 0) << main.err;
    const Outcome stats =
        tise_eval({"stats", "--images", "x", "--output", "y", "--recipe", name, "--print-config"});
    EXPECT_EQ(stats.code, 0) << stats.err;
    // A transform also applies to real images.
    const auto transform = [](const std::string& config) {
      const std::size_t at = config.find("\ntransform = ");
      return at == std::string::npos ? "" : config.substr(at, config.find('\n', at + 1) - at);
    };
    EXPECT_EQ(transform(main.out), transform(stats.out)) << name;
  }
}

TEST_F(Recipes, set_what_no_flag_sets_and_are_in_the_report) {
  const json report = report_of(tise_eval(world_.run({"--recipe", "coco30k-256"})));  // it has --metrics
  EXPECT_EQ(report["recipe"],
            (json{{"name", "coco30k-256"}, {"status", "untried"}, {"overridden", {"metrics"}}}));
  EXPECT_EQ(signature_field(report, "transform"), "square,resize=256:pillow-lanczos");
  EXPECT_THAT(
      report["warnings"],
      AllOf(
          Contains(
              "recipe coco30k-256 is untried: nobody has run it with the published weights and compared the "
              "results"),
          Contains("recipe coco30k-256: its settings for metrics were overridden")));
}

TEST_F(Recipes, are_kept_by_a_store) {
  const json whole = report_of(tise_eval(world_.run({"--recipe", "mlperf-sdxl", "--store", path("store")})));
  EXPECT_EQ(report_of(tise_eval({"merge", path("store")}))["recipe"], whole["recipe"]);
}

TEST_F(Recipes, printed_as_flags_are_not_overridden_by_them) {
  const Outcome printed = tise_eval({"--images", "x", "--recipe", "mjhq", "--print-config"});
  testing::write_file(path("run.toml"), printed.out);
  const Outcome outcome = tise_eval({"--config", path("run.toml"), "--images", path("images"), "--models",
                                     "shapes", "--metrics", "FID", "--real", path("real"), "--quiet"});
  EXPECT_FALSE(report_of(outcome)["recipe"].contains("overridden"));
}

TEST_F(Recipes, that_do_not_exist_are_wrong_usage) {
  const Outcome outcome = tise_eval(world_.run({"--recipe", "coco30k"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              HasSubstr("the recipes are adm, cmmd, coco30k-256, dgm, mjhq, mlperf-sdxl (did you "
                        "mean coco30k-256?)"));
}

TEST_F(Recipes, check_a_reports_choices_and_values) {
  const Outcome good = check(signature("5000"), 23.5, 31.75 / 40);
  EXPECT_EQ(good.code, 0) << good.out;
  EXPECT_THAT(good.out, AllOf(HasSubstr("ok     n: 5000"), HasSubstr("ok     transform: none"),
                              HasSubstr("FID: 23.5 ± 0.5; published: 23.4805, SDXL base 1.0, fp32"),
                              HasSubstr("CLIP-S × 40: 31.75"), HasSubstr("within"), Not(HasSubstr("NOT")),
                              HasSubstr("the report follows the recipe; untried")));
}

/// The fields that a recipe expects, each with its allowed values, read from what `recipes NAME` prints.
std::map<std::string, std::vector<std::string>> expected_by(const std::string& recipe) {
  std::map<std::string, std::vector<std::string>> fields;
  std::istringstream text(tise_eval({"recipes", recipe}).out);
  std::string line;
  while (std::getline(text, line) && line != "[recipe.signature]") {
  }
  while (std::getline(text, line) && !line.empty()) {  // KEY = "VALUE" or KEY = ["VALUE", "VALUE"]
    const std::size_t equals = line.find(" = ");
    const json value = json::parse(line.substr(equals + 3));
    std::string key = line.substr(0, equals);
    std::erase(key, '"');
    fields[key] = value.is_array() ? value : json::array({value});
  }
  return fields;
}

TEST_F(Recipes, check_every_field_that_they_expect) {
  const auto check = [this](const std::string& recipe, const std::map<std::string, std::string>& fields) {
    std::string signature = "metrics:FID";
    for (const auto& [key, value] : fields) signature += "|" + key + ":" + value;
    testing::write_file(path("made.json"),
                        json{{"signature", signature},
                             {"metrics", {{"FID", {{"value", 23.5}}}, {"CLIP-S", {{"value", 31.75 / 40}}}}}}
                            .dump());
    return tise_eval({"recipes", "--check", recipe, path("made.json")});
  };
  for (const char* recipe : kRecipes) {
    const auto expected = expected_by(recipe);
    EXPECT_TRUE(expected.contains("n")) << recipe;
    std::map<std::string, std::string> fitting;
    for (const auto& [key, allowed] : expected) fitting[key] = allowed[0];  // `*` matches itself, too
    EXPECT_EQ(check(recipe, fitting).code, 0) << recipe;
    for (const auto& [key, allowed] : expected) {
      for (const std::string& value : allowed) {
        auto other = fitting;
        other[key] = value;
        EXPECT_EQ(check(recipe, other).code, 0) << recipe << ", " << key << ": " << value;
      }
      auto other = fitting;
      other[key] = "another " + allowed[0];
      const Outcome outcome = check(recipe, other);
      EXPECT_EQ(outcome.code, 1) << recipe << ", " << key;
      EXPECT_THAT(outcome.out, HasSubstr("DIFFERS " + key + ": another ")) << recipe;
    }
  }
}

TEST_F(Recipes, of_dgm_eval_take_features_that_it_saved) {
  EXPECT_THAT(expected_by("dgm").at("features.real@dinov2"),
              ::testing::ElementsAre("50000", "50000 unverified"));
}

TEST_F(Recipes, a_report_of_other_choices_or_beyond_the_limits_fails_the_check) {
  const Outcome few = check(signature("4999"), 23.5, 31.75 / 40);
  EXPECT_EQ(few.code, 1);
  EXPECT_THAT(few.out, HasSubstr("DIFFERS n: 4999, expected 5000"));
  const Outcome transformed = check(signature("5000", "|transform:square"), 23.5, 31.75 / 40);
  EXPECT_EQ(transformed.code, 1);
  EXPECT_THAT(transformed.out, HasSubstr("DIFFERS transform: square, expected none"));
  const Outcome beyond = check(signature("5000"), 24, 31.75 / 40);
  EXPECT_EQ(beyond.code, 1);
  EXPECT_THAT(beyond.out, HasSubstr("limits 23.0109 to 23.9501, NOT within"));
}

TEST_F(Recipes, a_report_by_another_network_fails_the_check) {
  std::string other = signature("5000");
  other.replace(other.find("Inception 2015-12-05"), 20, "Inception of my own!");
  EXPECT_EQ(check(other, 23.5, 31.75 / 40).code, 1);
  EXPECT_EQ(check(signature("5000", "|exif:apply"), 23.5, 31.75 / 40).code, 1);
}

TEST_F(Recipes, a_damaged_report_has_no_values) {
  for (const char* metrics : {"null", "[]", R"({"FID": null})", R"({"FID": 3})"}) {
    testing::write_file(path("made.json"),
                        R"({"signature": "metrics:FID", "metrics": )" + std::string(metrics) + "}");
    const Outcome outcome = tise_eval({"recipes", "--check", "mlperf-sdxl", path("made.json")});
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("no value"));
  }
}

TEST_F(Recipes, lists_in_another_order_override_nothing) {
  const json report = report_of(tise_eval({"--images", path("images"), "--captions", path("captions.json"),
                                           "--models", "shapes", "--quiet", "--real", path("real"),
                                           "--recipe", "adm", "--metrics", "IS,FID", "--splits", "2"}));
  EXPECT_EQ(report["recipe"]["overridden"], json::array({"splits"}));
}

TEST_F(Recipes, check_needs_a_recipe_and_a_report) {
  EXPECT_EQ(tise_eval({"recipes", "--check", "adm"}).code, 2);
  EXPECT_EQ(tise_eval({"recipes", "--check", "adm", path("captions.json")}).code, 3);
}

}  // namespace
}  // namespace tise::cli
