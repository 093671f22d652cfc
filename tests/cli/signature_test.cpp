// Signatures of runs depend on what is asked, not on file formats or the names of images.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cli/demo.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using testing::Outcome;
using testing::read_json;
using testing::report_of;
using testing::signature_field;
using testing::tise_eval;

class SignatureOfRuns : public ::testing::Test, protected testing::SmallWorld {
 protected:
  SignatureOfRuns() : SmallWorld(16, 1) {}

  /// Runs on images and, if given, captions; returns the report.
  json report(const std::string& name, const std::string& images, const std::string& captions,
              const Arguments& more) const {
    Arguments arguments{"--models", "shapes", "--images", path(images), "--output", path(name)};
    if (!captions.empty()) arguments.insert(arguments.end(), {"--captions", path(captions)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = tise_eval(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read_json(path(name));
  }
  void expect_ranked(const std::string& metrics) const {
    const Outcome outcome = tise_eval({"rank", path("a.json"), path("b.json"), "--metrics", metrics});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  /// The captions in another file format, for the same images in a folder under other names.
  void rewrite_with_other_names() const {
    fs::create_directories(folder_ / "others");
    std::ofstream lines(folder_ / "others.jsonl");
    for (json item : read_json(path("captions.json"))) {
      const std::string image = item["image"];
      fs::copy(folder_ / "images" / image, folder_ / "others" / ("sample-" + image));
      item["image"] = "sample-" + image;
      item["id"] = "number " + image;
      lines << item << '\n';
    }
  }
};

TEST_F(SignatureOfRuns, are_those_of_the_same_captions_in_another_file_with_other_names) {
  const Arguments metrics{"--metrics", "RefCLIP-S,IS,RP,PA,SOA-I"};
  const json a = report("a.json", "images", "captions.json", metrics);
  rewrite_with_other_names();
  const json b = report("b.json", "others", "others.jsonl", metrics);
  EXPECT_EQ(a["signature"], b["signature"]);
  EXPECT_NE(a["inputs"]["captions"]["sha256"], b["inputs"]["captions"]["sha256"]);
  expect_ranked("RP,PA,SOA-I");
}

TEST_F(SignatureOfRuns, have_the_captions_as_given_without_what_is_derived_from_them) {
  json captions;
  for (const json& item : read_json(path("captions.json"))) captions[item["image"]] = item["caption"];
  testing::write_file(folder_ / "bare.json", captions.dump());
  const std::string hash =
      signature_field(report("a.json", "images", "bare.json", {"--metrics", "CLIP-S"}), "captions");
  EXPECT_EQ(hash.size(), 12U);
  for (const char* metrics : {"PA", "SOA-I,CA"}) {
    EXPECT_EQ(signature_field(report("b.json", "images", "bare.json", {"--metrics", metrics}), "captions"),
              hash);
  }
}

TEST_F(SignatureOfRuns, without_captions_have_the_order_of_the_images_and_are_ranked_in_any) {
  const Arguments metrics{"--metrics", "IS*"};
  const json before = report("a.json", "images", "", metrics);
  const fs::path first = folder_ / "images" / "000.jpg";
  ASSERT_TRUE(fs::exists(first));
  fs::rename(first, folder_ / "images" / "999.jpg");
  const json after = report("b.json", "images", "", metrics);
  EXPECT_NE(after["metrics"]["IS*"]["value"], before["metrics"]["IS*"]["value"]);
  std::string signature = after["signature"];
  const std::string order = signature_field(after, "order");
  ASSERT_NE(order, signature_field(before, "order"));
  signature.replace(signature.find(order), order.size(), signature_field(before, "order"));
  EXPECT_EQ(signature, before["signature"]);
  expect_ranked("IS*");
}

TEST_F(SignatureOfRuns, have_the_captions_that_remain_in_a_subset) {
  const auto captions_without = [&](const std::string& gone) {
    fs::rename(folder_ / "images" / gone, folder_ / "gone");
    const json subset = report("a.json", "images", "captions.json", {"--metrics", "CLIP-S", "--subset"});
    fs::rename(folder_ / "gone", folder_ / "images" / gone);
    EXPECT_EQ(signature_field(subset, "left-out"), "");
    return signature_field(subset, "captions");
  };
  const std::string subset = captions_without("000.jpg");
  EXPECT_NE(captions_without("001.jpg"), subset);
  json fewer = read_json(path("captions.json"));
  fewer.erase(
      std::find_if(fewer.begin(), fewer.end(), [](const json& item) { return item["image"] == "000.jpg"; }));
  testing::write_file(folder_ / "fewer.json", fewer.dump());
  EXPECT_EQ(signature_field(report("b.json", "images", "fewer.json", {"--metrics", "CLIP-S"}), "captions"),
            subset);
}

TEST_F(SignatureOfRuns, show_which_captions_bad_images_left_out) {
  const auto left_out = [&](const std::string& bad) {
    const std::string image = path("images/" + bad);
    fs::rename(image, path("good"));
    testing::write_file(image, "no picture");
    const json skipped =
        report("a.json", "images", "captions.json", {"--metrics", "CLIP-S", "--on-bad-image", "skip"});
    fs::rename(path("good"), image);
    return signature_field(skipped, "left-out");
  };
  const std::string first = left_out("000.jpg");
  EXPECT_THAT(first, ::testing::StartsWith("1@"));
  EXPECT_NE(left_out("001.jpg"), first);
}

}  // namespace
}  // namespace tise::cli
