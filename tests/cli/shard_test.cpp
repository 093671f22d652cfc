// --shard and merge: a run in parts gives the same report as a run in one piece.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using testing::Arguments;
using testing::demo;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::read_json;
using testing::report_of;
using testing::tise_eval;
using testing::values;

constexpr std::size_t kImages = testing::SmallWorld::kImages;

class Shards : public ::testing::Test, protected testing::SmallWorld {
 protected:
  std::string part(std::size_t i) const { return path("part" + std::to_string(i)); }
  Outcome encode(std::size_t i, std::size_t of, const Arguments& more = {}) const {
    Arguments arguments = run({"--shard", std::to_string(i) + "/" + std::to_string(of), "--store", part(i)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  void encode_all(std::size_t of, const Arguments& more = {}) const {
    for (std::size_t i = 0; i < of; ++i) {
      const Outcome outcome = encode(i, of, more);
      EXPECT_EQ(outcome.code, 0) << outcome.err;
    }
  }
  /// Merges the parts in an arbitrary order.
  Outcome merge(std::size_t of, const Arguments& more = {}) const {
    Arguments arguments{"merge"};
    for (std::size_t i = 0; i < of; ++i) arguments.push_back(part((i * 5 + 3) % of));
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  void refuse_merge(std::size_t of, const std::vector<std::string>& words) const {
    const Outcome outcome = merge(of);
    EXPECT_EQ(outcome.code, 3);
    for (const std::string& word : words) EXPECT_THAT(outcome.err, HasSubstr(word));
  }
};

/// A report without its metrics, and without when and how fast the run was.
nlohmann::json said(nlohmann::json report) {
  report.erase("run");
  report.erase("metrics");
  return report;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<nlohmann::json> lines_of(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// Expects the same pairs in the same order, with the same scores.
void expect_same_samples(const std::vector<nlohmann::json>& one, const std::vector<nlohmann::json>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 1; i < one.size(); ++i) {
    EXPECT_EQ(one[i].at("id"), other[i].at("id"));
    ASSERT_EQ(one[i].at("scores").size(), other[i].at("scores").size());
    for (const auto& [key, score] : one[i].at("scores").items()) {
      EXPECT_NEAR(score.get<double>(), other[i]["scores"].at(key).get<double>(), 1e-5) << key;
    }
  }
}

TEST_F(Shards, give_the_report_of_one_run) {
  const nlohmann::json single = report_of(tise_eval(run({"--samples", path("single.jsonl")})));
  for (const std::size_t of : {1U, 3U}) {
    encode_all(of);
    const nlohmann::json merged = report_of(merge(of, {"--samples", path("merged.jsonl")}));
    EXPECT_EQ(said(merged), said(single));
    EXPECT_EQ(values(single).size(), 12U);
    expect_same(values(single), values(merged), 1e-5);
    expect_same_samples(lines_of(path("single.jsonl")), lines_of(path("merged.jsonl")));
    for (std::size_t i = 0; i < of; ++i) fs::remove_all(part(i));
  }
}

TEST_F(Shards, are_scored_without_their_inputs) {
  encode_all(2);
  const nlohmann::json before = report_of(merge(2));
  for (const char* gone : {"images", "real", "captions.json"}) fs::remove_all(folder_ / gone);
  EXPECT_EQ(values(report_of(merge(2))), values(before));
  EXPECT_EQ(values(report_of(merge(2, {"--metrics", "CLIP-S"}))).size(), 1U);
}

TEST_F(Shards, miss_a_deleted_chunk_until_they_are_run_again) {
  encode_all(1);
  const nlohmann::json whole = report_of(merge(1));
  std::vector<fs::path> chunks;
  for (const auto& entry : fs::recursive_directory_iterator(part(0))) {
    if (entry.path().extension() == ".safetensors") chunks.push_back(entry.path());
  }
  EXPECT_GE(chunks.size(), 9U);
  for (const fs::path& chunk : chunks) {
    fs::rename(chunk, path("aside"));
    const Outcome outcome = merge(1);
    if (chunk.parent_path().filename() == "real" && chunk.filename() == "maskrcnn-000000.safetensors") {
      EXPECT_EQ(values(report_of(outcome)), values(whole));  // O-FID reads only the crops
    } else {
      EXPECT_EQ(outcome.code, 3) << chunk;
      EXPECT_THAT(outcome.err, HasSubstr("rerun")) << chunk;
    }
    fs::rename(path("aside"), chunk);
  }
  for (const fs::path& chunk : chunks) fs::remove(chunk);
  encode_all(1);
  EXPECT_EQ(values(report_of(merge(1))), values(whole));
}

TEST_F(Shards, may_outnumber_the_images) {
  nlohmann::json two = nlohmann::json::array();
  for (std::size_t i = 0; i < 2; ++i) two.push_back(read_json(path("captions.json"))[i]);
  testing::write_file(folder_ / "captions.json", two.dump());
  const Arguments metrics{"--metrics", "CLIP-S,RP"};
  encode_all(3, metrics);
  expect_same(values(report_of(tise_eval(run(metrics)))), values(report_of(merge(3))), 1e-5);
}

TEST_F(Shards, keep_the_captions_clusters) {
  nlohmann::json captions = read_json(path("captions.json"));
  for (std::size_t i = 0; i < kImages; ++i) captions[i]["cluster"] = "scene " + std::to_string(i % 5);
  testing::write_file(folder_ / "captions.json", captions.dump());
  encode_all(2, {"--metrics", "CLIP-S"});
  const nlohmann::json merged = report_of(merge(2, {"--samples", path("merged.jsonl")}));
  EXPECT_EQ(merged["metrics"]["CLIP-S"]["clusters"], 5);
  const auto lines = lines_of(path("merged.jsonl"));
  ASSERT_EQ(lines.size(), kImages);
  for (std::size_t i = 0; i < kImages; ++i) EXPECT_EQ(lines[i]["cluster"], captions[i]["cluster"]);
}

TEST_F(Shards, name_the_bad_images_of_all) {
  const std::string bad = read_json(path("captions.json"))[kImages - 1]["image"];
  testing::write_file(folder_ / "images" / bad, "no picture");
  const Arguments more{"--metrics", "CLIP-S,IS", "--on-bad-image", "skip"};
  encode_all(2, more);
  const nlohmann::json single = report_of(tise_eval(run(more)));
  const nlohmann::json merged = report_of(merge(2));
  EXPECT_EQ(merged["inputs"]["images"]["skipped"].size(), 1U);
  EXPECT_EQ(said(merged), said(single));
}

TEST_F(Shards, are_all_needed) {
  const Arguments clip{"--metrics", "CLIP-S"};
  encode(0, 4, clip);
  encode(2, 4, clip);
  Outcome outcome = tise_eval({"merge", part(0), part(2)});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("parts 1, 3 of 4 are missing"));
  outcome = tise_eval({"merge", part(0), part(2), part(2)});
  EXPECT_THAT(outcome.err, HasSubstr("is part 2 of 4, and so is " + part(2)));
  outcome = tise_eval({"merge", part(0), path("elsewhere")});
  EXPECT_THAT(outcome.err, HasSubstr("store " + path("elsewhere") + ": not a store"));
}

TEST_F(Shards, of_a_run_that_has_not_finished_are_refused) {
  encode_all(2, {"--metrics", "CLIP-S"});
  testing::write_file(folder_ / "images" / "000.png", "no picture");
  const std::string first = fs::directory_iterator(path("images"))->path().filename().string();
  fs::remove(folder_ / "images" / "000.png");
  testing::write_file(folder_ / "images" / first, "no picture");
  EXPECT_EQ(encode(0, 2, {"--metrics", "CLIP-S"}).code + encode(1, 2, {"--metrics", "CLIP-S"}).code, 3);
  refuse_merge(2, {"has not finished"});
}

TEST_F(Shards, of_two_runs_are_told_apart) {
  const Arguments clip{"--metrics", "CLIP-S"};
  encode(0, 2, clip);
  encode(1, 2, {"--metrics", "CLIP-S,RP"});
  refuse_merge(2, {part(1), "list of metrics"});
  encode(1, 2, {"--metrics", "CLIP-S", "--prompt", "A drawing of "});
  refuse_merge(2, {"its setting \"prompt\" is ", "A drawing of ", "A photo depicts "});
  encode(1, 3, clip);
  refuse_merge(2, {"number of parts"});
  const nlohmann::json captions = read_json(path("captions.json"));
  nlohmann::json fewer = nlohmann::json::array();
  for (std::size_t i = 1; i < kImages; ++i) fewer.push_back(captions[i]);
  testing::write_file(folder_ / "captions.json", fewer.dump());
  encode(1, 2, clip);
  refuse_merge(2, {"the hash of its image names is"});
  testing::write_file(folder_ / "captions.json", captions.dump());
  fs::remove(*fs::directory_iterator(path("real")));
  encode(1, 2, clip);
  refuse_merge(2, {"the hash of its real images is"});
}

TEST_F(Shards, may_name_a_default_that_others_leave_out) {
  encode(0, 2, {"--metrics", "RP"});
  encode(1, 2, {"--metrics", "RP", "--rp", "exact"});
  EXPECT_EQ(merge(2).code, 0) << merge(2).err;
  encode(1, 2, {"--metrics", "RP", "--rp", "sampled"});
  refuse_merge(2, {R"(its setting "rp" is "sampled", but "exact" in )"});
}

TEST_F(Shards, may_be_given_the_captions_in_other_formats) {
  const Arguments clip{"--metrics", "CLIP-S"};
  const std::string signature = report_of(tise_eval(run(clip)))["signature"];
  encode(0, 2, clip);
  testing::write_file(folder_ / "captions.json", read_json(path("captions.json")).dump(2));
  encode(1, 2, clip);
  EXPECT_EQ(report_of(merge(2))["signature"], signature);
}

TEST_F(Shards, of_other_models_are_told_apart) {
  const Arguments clip{"--metrics", "CLIP-S"};
  encode(0, 2, clip);
  encode(1, 2, clip);
  nlohmann::ordered_json store = nlohmann::ordered_json::parse(text_of(part(1) + "/store.json"));
  store["run"]["models"]["clip"]["sha256"] = "0123456789abcdef";
  testing::write_file(fs::path(part(1)) / "store.json", store.dump());
  refuse_merge(2, {part(1), "its clip is", "0123456789ab", "merge stores of the same models"});
}

TEST_F(Shards, of_an_earlier_division_do_not_mix_in) {
  const Arguments clip{"--metrics", "CLIP-S,O-IS,CA"};
  encode_all(3, clip);
  // This image was in part 1 of 3 and is now in part 0 of 2; the store of part 1 still has its old row.
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path("images"))) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  fs::copy_file(demo("collapsed") + "/" + names[kImages / 2 - 2], folder_ / "images" / names[kImages / 2 - 2],
                fs::copy_options::overwrite_existing);
  encode_all(2, clip);
  expect_same(values(report_of(tise_eval(run(clip)))), values(report_of(merge(2))), 1e-5);
}

TEST_F(Shards, cannot_have_outputs_and_need_a_store) {
  Outcome outcome = tise_eval(run({"--shard", "0/2"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--shard needs --store"));
  outcome = encode(0, 2, {"--output", path("report.json")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--output: cannot be used with --shard"));
  outcome = tise_eval(run({"--shard", "2/2", "--store", part(0)}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("\"2/2\": parts are numbered from 0; the last of 2 is 1/2"));
  for (const char* wrong : {"1", "-1/2", "a/b", "1/0", "1/2/3"}) {
    outcome = tise_eval(run({"--shard", wrong, "--store", part(0)}));
    EXPECT_EQ(outcome.code, 2) << wrong;
    EXPECT_THAT(outcome.err, HasSubstr("is not i/n")) << wrong;
  }
}

TEST_F(Shards, do_not_compute_what_they_were_not_made_for) {
  encode_all(1, {"--metrics", "CLIP-S"});
  Outcome outcome = merge(1, {"--metrics", "IS"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("IS: the stores were not made for this metric"));
}

TEST_F(Shards, a_whole_run_can_be_scored_again) {
  const nlohmann::json single = report_of(tise_eval(run({"--store", path("store")})));
  const nlohmann::json again = report_of(tise_eval({"merge", path("store")}));
  EXPECT_EQ(said(again), said(single));
  expect_same(values(single), values(again), 1e-12);
}

TEST_F(Shards, find_statistics_that_have_moved_by_real) {
  const Outcome made = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--output",
                                  path("real.npz"), "--metrics", "FID"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Arguments arguments{"--models",       "shapes",    "--images", path("images"), "--real",
                            path("real.npz"), "--metrics", "FID",      "--store",      path("store")};
  const nlohmann::json single = report_of(tise_eval(arguments));
  fs::rename(path("real.npz"), path("moved.npz"));
  const Outcome outcome = tise_eval({"merge", path("store")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("pass --real FILE if it was moved"));
  const nlohmann::json merged = report_of(tise_eval({"merge", path("store"), "--real", path("moved.npz")}));
  expect_same(values(single), values(merged), 1e-12);
}

}  // namespace
}  // namespace tise::cli
