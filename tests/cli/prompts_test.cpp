// Prompts with several images each: how the images are found, what counts as one prompt, and metrics split by
// fields of the captions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"

namespace tise::cli {
namespace {

using testing::Arguments;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::read_json;
using testing::report_of;
using testing::tise_eval;

/// Six images of three prompts.
class Prompts : public ::testing::Test {
 protected:
  Prompts() {
    unsigned seed = 0;
    for (int prompt = 0; prompt < 3; ++prompt) {
      for (int copy = 0; copy < 2; ++copy) {
        testing::write_picture(
            path("images/0000" + std::to_string(prompt) + "_" + std::to_string(copy) + ".png"), seed++, 64,
            64);
      }
    }
    testing::write_file(path("prompts.tsv"),
                        "Prompt\tCategory\tNote\na red circle\tcolour\t1\ntwo blue squares\tcount\t\n"
                        "a star\tcolour\t2\n");
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Arguments run(const Arguments& more = {}) const {
    Arguments arguments{"--models",     "shapes",   "--threads",    "1",          "--metrics",
                        "CLIP-S,RP,IS", "--images", path("images"), "--captions", path("prompts.tsv")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

 private:
  const testing::TempFolder folder_;
};

TEST_F(Prompts, have_their_images_found_and_count_as_one_each) {
  const Outcome outcome = tise_eval(run());
  EXPECT_THAT(outcome.err,
              HasSubstr("captions: TSV (Prompt), 3 prompts; 6 images, 2 per prompt, by row number "
                        "from 0, as {index}_{k}"));
  const auto report = report_of(outcome);
  EXPECT_EQ(report["metrics"]["CLIP-S"]["n"], 6);
  EXPECT_EQ(report["metrics"]["CLIP-S"]["clusters"], 3);
  EXPECT_EQ(report["inputs"]["captions"]["format"], "tsv");
  EXPECT_EQ(report["inputs"]["captions"]["pairing"], "{index}_{k}");
}

TEST_F(Prompts, that_repeat_are_one) {
  testing::write_file(path("prompts.tsv"), "Prompt\na red circle\na red circle\na blue square\n");
  const Outcome outcome = tise_eval(run());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("2 prompts; 6 images, 2 to 4 per prompt"),
                                 HasSubstr("6 images of 2 prompts (2 to 4 each)")));
}

TEST_F(Prompts, are_split_by_fields_of_the_captions) {
  const auto report =
      report_of(tise_eval(run({"--split-by", "category, Note", "--split-metrics", "is", "--splits", "1",
                               "--samples", path("s.jsonl"), "--html", path("r.html")})));
  const auto& by = report["metrics"]["CLIP-S"]["by"]["category"];
  EXPECT_EQ(by["colour"]["n"], 4);
  EXPECT_EQ(by["colour"]["clusters"], 2);
  EXPECT_EQ(by["count"]["n"], 2);
  const double whole = report["metrics"]["CLIP-S"]["value"];
  EXPECT_NEAR((4 * by["colour"]["value"].get<double>() + 2 * by["count"]["value"].get<double>()) / 6, whole,
              1e-12);
  EXPECT_TRUE(by["colour"].contains("std_error"));
  EXPECT_EQ(report["metrics"]["IS"]["by"]["category"]["colour"]["n"], 4);
  EXPECT_EQ(report["metrics"]["CLIP-S"]["by"]["Note"].size(), 2U);
  EXPECT_THAT(report["warnings"].dump(), HasSubstr("2 of 6 captions have no Note"));
  std::ifstream samples(path("s.jsonl"));
  std::string line;
  std::getline(samples, line);
  EXPECT_EQ(nlohmann::json::parse(line)["fields"]["Category"], "colour");
}

TEST_F(Prompts, without_named_metrics_of_whole_sets_split_those_of_pairs_alone) {
  const auto report = report_of(tise_eval(run({"--split-by", "Category"})));
  EXPECT_TRUE(report["metrics"]["RP"].contains("by"));
  EXPECT_FALSE(report["metrics"]["IS"].contains("by"));
}

TEST_F(Prompts, splitting_changes_no_number_and_no_signature) {
  const auto plain = report_of(tise_eval(run()));
  auto split = report_of(tise_eval(run({"--split-by", "Category"})));
  EXPECT_EQ(split["signature"], plain["signature"]);
  for (auto& [key, metric] : split["metrics"].items()) {
    metric.erase("by");
    EXPECT_EQ(metric, plain["metrics"][key]) << key;
  }
}

TEST_F(Prompts, are_split_when_stores_are_merged) {
  const Arguments split{"--split-by", "Category", "--split-metrics", "IS", "--splits", "1"};
  const auto whole = report_of(tise_eval(run(split)));
  for (const std::string part : {"0", "1"}) {
    Arguments arguments = run(split);
    arguments.insert(arguments.end(), {"--shard", part + "/2", "--store", path("s" + part)});
    const Outcome outcome = tise_eval(arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const auto merged = report_of(tise_eval({"merge", path("s0"), path("s1")}));
  for (const char* key : {"CLIP-S", "RP", "IS"}) {
    for (const char* value : {"colour", "count"}) {
      const auto& wanted = whole["metrics"][key]["by"]["Category"][value];
      const auto& part = merged["metrics"][key]["by"]["Category"][value];
      EXPECT_EQ(part["n"], wanted["n"]);
      // Networks round differently with other batches.
      EXPECT_NEAR(part["value"].get<double>(), wanted["value"].get<double>(), 1e-6) << key << value;
    }
  }
}

TEST_F(Prompts, that_are_merged_have_the_samples_of_a_run) {
  testing::write_file(path("list.json"),
                      R"([{"id": "x", "image": "00000_0", "caption": "a star", "position": "above"},
                                             {"image": "00001_0", "caption": "a red circle", "position": "left"}])");
  const Arguments arguments{"--models",        "shapes",      "--images",  path("images"),   "--captions",
                            path("list.json"), "--metrics",   "CLIP-S",    "--split-by",     "position",
                            "--store",         path("store"), "--samples", path("run.jsonl")};
  const auto run = report_of(tise_eval(arguments));
  const auto merged = report_of(tise_eval({"merge", path("store"), "--samples", path("merged.jsonl")}));
  EXPECT_EQ(merged["metrics"]["CLIP-S"], run["metrics"]["CLIP-S"]);
  EXPECT_EQ(run["metrics"]["CLIP-S"]["by"]["position"].size(), 2U);
  const auto text_of = [](const std::string& file) {
    std::ifstream stream(file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(text_of(path("merged.jsonl")), text_of(path("run.jsonl")));
}

TEST_F(Prompts, are_shown_by_inputs) {
  const Outcome outcome =
      tise_eval({"inputs", "--images", path("images"), "--captions", path("prompts.tsv")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr(": 6 PNG; each 64 x 64\n"
                        "captions    TSV (Prompt), 3 prompts; 6 images, 2 per prompt, by row number from 0, "
                        "as {index}_{k}\n"
                        "            00000_0.png  \"a red circle\"\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("clusters    3 by caption; 6 images, 6 pairs\nnot read    fields Category, Note\n"));
}

TEST_F(Prompts, are_shown_by_inputs_with_all_their_pairs_as_json) {
  const Outcome outcome =
      tise_eval({"inputs", "--images", path("images"), "--captions", path("prompts.tsv"), "--output", "-"});
  const auto seen = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(seen["pairs"].size(), 6U);
  EXPECT_EQ(seen["pairs"][5]["image"], "00002_1.png");
  EXPECT_EQ(seen["pairs"][5]["caption"], "a star");
  EXPECT_EQ(seen["captions"]["pattern"], "{index}_{k}");
  EXPECT_EQ(seen["images"]["sizes"]["median"].dump(), "[64,64]");
}

TEST_F(Prompts, with_broken_images_are_listed_after_all_that_was_understood) {
  testing::write_file(path("images/00001_0.png"), "no picture");
  const Outcome outcome =
      tise_eval({"inputs", "--images", path("images"), "--captions", path("prompts.tsv")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.out, HasSubstr("3 prompts; 6 images"));
  EXPECT_THAT(outcome.err, HasSubstr("1 of 6 images cannot be used:\n  00001_0.png: not an image"));
}

TEST_F(Prompts, that_cannot_be_split_are_refused) {
  const auto refused = [&](const Arguments& more, int code) {
    const Outcome outcome = tise_eval(run(more));
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome.err;
  };
  std::string many = "prompt,kind\n";
  for (int i = 0; i < 501; ++i) many += "p" + std::to_string(i) + ",k" + std::to_string(i) + "\n";
  testing::write_file(path("many.csv"), many);
  const Outcome kinds =
      tise_eval({"--images", path("images"), "--captions", path("many.csv"), "--models", "shapes",
                 "--image-pattern", "{index:05}_{k}", "--subset", "--split-by", "kind"});
  EXPECT_EQ(kinds.code, 0) << kinds.err;  // only three of the kinds have images
  EXPECT_THAT(refused({"--split-by", "Kind"}, 3),
              HasSubstr("prompts.tsv: --split-by Kind: no item has a string or number "
                        "field of this name; other fields: Category, Note"));
  EXPECT_THAT(refused({"--split-metrics", "FID"}, 2), HasSubstr("--split-metrics needs --split-by"));
  EXPECT_THAT(refused({"--split-by", "Category", "--split-metrics", "FID"}, 2),
              HasSubstr("is not among --metrics"));
  EXPECT_THAT(refused({"--split-by", "Category", "--split-metrics", "FOO"}, 2), HasSubstr("FOO"));
  const Outcome without =
      tise_eval({"--images", path("images"), "--models", "shapes", "--split-by", "Category"});
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err, HasSubstr("--split-by needs --captions"));
}

TEST_F(Prompts, that_are_annotated_keep_what_names_their_images) {
  testing::write_file(path("ids.csv"), "case_number,prompt\n2,a star\n0,a red circle\n1,two blue squares\n");
  const Outcome annotated = tise_eval(
      {"annotate", "--captions", path("ids.csv"), "--models", "shapes", "--output", path("ids.jsonl")});
  ASSERT_EQ(annotated.code, 0) << annotated.err;
  const Outcome outcome =
      tise_eval({"inputs", "--images", path("images"), "--captions", path("ids.jsonl"), "--output", "-"});
  const auto seen = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(seen["captions"]["rule"], "by case_number");
  EXPECT_EQ(seen["pairs"][0]["image"], "00002_0.png");
  EXPECT_EQ(seen["pairs"][0]["caption"], "a star");
}

}  // namespace
}  // namespace tise::cli
