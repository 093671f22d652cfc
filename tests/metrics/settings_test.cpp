// Compares the settings that each metric declares with those that affect it.

#include "tise/metrics/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "metrics/drawn_world.h"
#include "metrics/samples_of.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

struct Change {
  std::string name;
  std::function<void(Settings&)> make;
};

/// Changes of the settings that metrics read. The prompt affects only texts and has its own test. The logit
/// scale and the threshold belong to networks and are not settings of a metric.
std::vector<Change> changes() {
  std::vector<Change> changes{
      {"protocol", [](Settings& settings) { settings.protocol = Protocol::kTise; }},
      {"temperature", [](Settings& settings) { settings.temperature = 2.0; }},
      {"object temperature", [](Settings& settings) { settings.object_temperature = 2.0; }},
      {"splits", [](Settings& settings) { settings.splits = 3; }},
      {"one split", [](Settings& settings) { settings.splits = 1; }},
      {"seed", [](Settings& settings) { settings.seed = 1; }},
  };
  for (const Setting* setting : settings_of_words()) {
    for (const std::string_view word : setting->words) {
      changes.push_back({concat(setting->flag, " ", word),
                         [=](Settings& settings) { settings.words[std::string(setting->flag)] = word; }});
    }
  }
  return changes;
}

/// The usual settings, and those after each change, since the effect of one may depend on the others.
std::vector<Settings> starting_points() {
  std::vector<Settings> points{testing::drawn_settings(4)};
  points.front().logit_scale = 5.0;  // so that the lead in the TISE toolbox's PA matters
  for (const Change& change : changes()) change.make(points.emplace_back(points.front()));
  return points;
}

bool declares(const Metric& metric, const Settings& a, const Settings& b) {
  return std::ranges::any_of(metric.settings,
                             [&](const Setting* setting) { return setting->value(a) != setting->value(b); });
}

/// Whether results differ in more than the settings that they repeat.
bool differ(Result a, Result b) {
  for (Result* result : {&a, &b}) {
    for (const char* repeated : {"seed", "temperature", "splits", "estimator"}) {
      if (result->details.contains(repeated)) result->details[repeated] = nullptr;
    }
  }
  return a.value != b.value || a.details != b.details || a.influence != b.influence;
}

TEST(Settings, of_words_take_no_others) {
  for (const Setting* setting : settings_of_words()) {
    Settings settings;
    EXPECT_EQ(setting->word(settings), setting->default_word);
    settings.words[std::string(setting->flag)] = "other";
    EXPECT_THROW(setting->word(settings), InputError) << setting->flag;
  }
}

TEST(Settings, that_a_metric_declares_are_those_that_affect_it) {
  const Samples samples = testing::samples_of(testing::draw(1010, 1, 2));
  for (const Metric* metric : registry()) {
    for (const Settings& from : starting_points()) {
      const Result before = testing::compute_drawn(*metric, samples, from);
      ASSERT_TRUE(before.value) << metric->key << ": " << before.reason;
      for (const Change& change : changes()) {
        Settings to = from;
        change.make(to);
        EXPECT_EQ(declares(*metric, from, to), differ(before, testing::compute_drawn(*metric, samples, to)))
            << metric->key << ", " << change.name;
      }
    }
  }
}

TEST(Settings, of_a_counter_affect_its_counts_if_it_does_not_know_a_class) {
  Samples samples = testing::samples_of(testing::draw(160, 1, 2));
  at::Tensor counts = torch::ones({160, 5});
  samples.groups["counts"] = testing::group_of({{"counts", counts}});
  const Settings paper = testing::drawn_settings();
  Settings tise = paper;
  tise.protocol = Protocol::kTise;
  const auto moves = [&] {
    return differ(testing::compute("CA", samples, paper), testing::compute("CA", samples, tise));
  };
  EXPECT_FALSE(moves());
  counts.select(1, 2).fill_(NAN);
  EXPECT_TRUE(moves());
  EXPECT_THAT(kCounts.maker("counter")->settings, ::testing::ElementsAre(&kCounterProtocolSetting));
}

std::vector<std::string> texts_of(const Metric& metric, const Settings& settings) {
  std::vector<std::string> texts;
  data::Item item;
  item.caption = "a dog left of a cat";
  item.opposite = "a dog right of a cat";
  item.references = {"two animals"};
  item.distractors = {"a bus"};
  if (metric.texts != nullptr)
    metric.texts(item, settings, [&](const std::string& text) { texts.push_back(text); });
  return texts;
}

TEST(Settings, have_the_prompt_if_a_metric_puts_it_before_texts) {
  for (const Metric* metric : registry()) {
    for (const char* estimator : {"exact", "sampled"}) {
      Settings settings;
      settings.words["--rp"] = estimator;
      const auto before = texts_of(*metric, settings);
      EXPECT_EQ(before.empty(), metric->role != &kImageText) << metric->key;
      settings.prompt = "A picture of ";
      EXPECT_EQ(before != texts_of(*metric, settings),
                std::ranges::count(metric->settings, &kPromptSetting) == 1)
          << metric->key;
    }
  }
}

}  // namespace
}  // namespace tise::metrics
