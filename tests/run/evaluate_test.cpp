// Evaluations within this process: the report as a value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "cli/small_run.h"
#include "tise/base/error.h"
#include "tise/run/run.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::report_of;
using testing::SmallRun;
using testing::tise_eval;

/// Records what it is told.
class Recorder : public Listener {
 public:
  void warn(const std::string& message) override { warnings.push_back(message); }
  void progress(const std::string& stage, std::size_t done, std::size_t total) override {
    EXPECT_LE(done, total);
    stages.push_back(stage);
  }
  void planned(const report::Report& expected) override {
    planned_metrics = expected.metrics.size();
    if (stops_when_planned) source.request_stop();
    if (refuses) throw InputError("not like this");
  }
  void keeps_in(const fs::path& folder) override { temporary = folder; }
  std::stop_token stop() const override { return source.get_token(); }

  bool stops_when_planned = false;
  bool refuses = false;
  std::vector<std::string> warnings;
  std::vector<std::string> stages;
  std::size_t planned_metrics = 0;
  fs::path temporary;
  std::stop_source source;
};

class Evaluation : public ::testing::Test {
 protected:
  Evaluation() {
    spec_.encoding.models = TISE_SOURCE_DIR "/models/shapes";
    spec_.encoding.threads = 1;
    spec_.images = world_.path("images");
    spec_.captions = world_.path("captions.json");
    spec_.metrics = asked({"CLIP-S", "is"});
  }

  const SmallRun world_;
  Spec spec_;
  Recorder listener_;
};

TEST_F(Evaluation, gives_the_programs_report_as_a_value) {
  const std::optional<Outcome> outcome = evaluate(spec_, listener_);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->report.metrics.size(), 2U);
  EXPECT_TRUE(outcome->report.find("CLIP-S")->result.value);
  EXPECT_EQ(outcome->dataset.images.size(), 3U);
  EXPECT_EQ(listener_.planned_metrics, 2U);
  EXPECT_THAT(listener_.stages, ::testing::Contains("images"));

  json ours = json::parse(report::to_json(outcome->report));
  json programs = report_of(tise_eval({"--models", TISE_SOURCE_DIR "/models/shapes", "--threads", "1",
                                       "--images", world_.path("images"), "--captions",
                                       world_.path("captions.json"), "--metrics", "CLIP-S,IS"}));
  for (json* report : {&ours, &programs}) {
    for (const char* moves : {"started", "seconds", "images_per_second", "stages"})
      (*report)["run"].erase(moves);
  }
  EXPECT_EQ(ours, programs);
}

TEST_F(Evaluation, leaves_nothing_behind_when_its_outcome_is_gone) {
  {
    const std::optional<Outcome> outcome = evaluate(spec_, listener_);
    EXPECT_TRUE(fs::exists(listener_.temporary));
  }
  EXPECT_FALSE(listener_.temporary.empty());
  EXPECT_FALSE(fs::exists(listener_.temporary));
}

TEST_F(Evaluation, stops_if_its_listener_asks_for_it) {
  listener_.stops_when_planned = true;
  EXPECT_THROW(evaluate(spec_, listener_), Interrupted);
  EXPECT_FALSE(fs::exists(listener_.temporary));
}

TEST_F(Evaluation, ends_before_anything_is_encoded_if_its_listener_refuses_the_plan) {
  listener_.refuses = true;
  spec_.store = world_.path("store");
  EXPECT_THROW(evaluate(spec_, listener_), InputError);
  EXPECT_FALSE(fs::exists(world_.path("store")));
}

TEST_F(Evaluation, fills_a_store_from_which_its_parts_are_merged) {
  const std::optional<Outcome> whole = evaluate(spec_, listener_);
  MergeSpec merging;
  for (std::size_t i = 0; i < 2; ++i) {
    spec_.part = data::Part{i, 2};
    spec_.store = merging.stores.emplace_back(world_.path("part" + std::to_string(i)));
    EXPECT_FALSE(evaluate(spec_, listener_));  // the whole run reports
  }
  const Outcome merged = merge(merging, listener_);
  EXPECT_NEAR(*merged.report.find("CLIP-S")->result.value, *whole->report.find("CLIP-S")->result.value, 1e-6);
}

TEST_F(Evaluation, needs_a_store_for_a_part_and_captions_for_references) {
  spec_.part = data::Part{0, 2};
  EXPECT_THROW(evaluate(spec_, listener_), UsageError);
  spec_.part.reset();
  spec_.captions.reset();
  spec_.references = world_.path("references.json");
  EXPECT_THROW(evaluate(spec_, listener_), UsageError);
}

TEST_F(Evaluation, makes_statistics_of_real_images) {
  StatisticsSpec of_real;
  of_real.encoding = spec_.encoding;
  of_real.images = world_.path("real");
  of_real.metrics = asked({"FID"});
  const metrics::Statistics made = statistics(of_real, listener_);
  ASSERT_EQ(made.sets.size(), 1U);
  EXPECT_EQ(made.sets.at("").moments.count, 3);
}

TEST(AskedMetrics, are_spelled_as_the_registry_does) {
  EXPECT_EQ(asked({"clip-s", "FID@other"}).keys, (std::vector<std::string>{"CLIP-S", "FID@other"}));
  EXPECT_TRUE(asked({"all"}).keys.empty());
  const Asked both = asked({"all", "FID@other"});
  EXPECT_TRUE(both.and_all);
  EXPECT_FALSE(both.names(*metrics::find_chosen("FID")));
  EXPECT_TRUE(both.names(*metrics::find_chosen("FID@other")));
  EXPECT_TRUE(asked({"bag"}).keys.empty());
  EXPECT_FALSE(asked({"all"}).has("KID"));
  const Asked group = asked({"KID@other", "fidelity@other"});
  EXPECT_EQ(group.by_group, (std::set<std::string>{"FD@other", "MMD@other"}));
  EXPECT_TRUE(group.has("MMD@other"));
  EXPECT_THROW(asked({"FIT"}), UsageError);
}

}  // namespace
}  // namespace tise::run
