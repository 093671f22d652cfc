// For every metric of the registry: exactly what the metric reads affects its signature.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using metrics::Maker;
using metrics::Metric;
using metrics::Role;
using metrics::Setting;
using metrics::Settings;

/// Gives each flag that takes one of a few words the last one.
void choose_last_words(Settings& settings) {
  for (const Setting* setting : metrics::settings_of_words())
    settings.words[std::string(setting->flag)] = setting->words.back();
}

/// Every choice of a run, changed to an unusual value.
const std::map<std::string, std::function<void(Settings&)>>& changes() {
  static const std::map<std::string, std::function<void(Settings&)>> all{
      {"protocol", [](Settings& s) { s.protocol = metrics::Protocol::kTise; }},
      {"prompt", [](Settings& s) { s.prompt = "A picture of "; }},
      {"temperature", [](Settings& s) { s.temperature = 3; }},
      {"object temperature", [](Settings& s) { s.object_temperature = 3; }},
      {"threshold", [](Settings& s) { s.detector_threshold = 0.7; }},
      {"splits", [](Settings& s) { s.splits = 5; }},
      {"seed", [](Settings& s) { s.seed = 1; }},
      {"words", &choose_last_words}};
  return all;
}

Settings usual_settings() {
  Settings settings;
  settings.temperature = 1.1;
  settings.object_temperature = 1.2;
  return settings;
}

/// The same, with estimators that draw by the seed.
Settings drawing_settings() {
  Settings settings = usual_settings();
  choose_last_words(settings);
  return settings;
}

/// A report of one metric. Every role is played by a default archive and by one called `other`; the metric
/// uses `archive`.
Report report_of(const Metric& metric, const std::string& archive,
                 const std::map<std::string, std::string>& kinds) {
  Report report;
  report.run.precision = "fp32";
  report.inputs.images.count = 3;
  const metrics::Chosen chosen{&metric, archive};
  report.metrics = {{chosen.key(), metric.higher_is_better, metrics::Result::of(1, 3), usual_settings()}};
  for (const Role* role : metrics::roles()) {
    for (const std::string& of : {std::string(), std::string("other")}) {
      const std::string field = metrics::field_of(*role, of);
      report.played[field] = field;
      report.models[field] = {
          .kind = kinds.at(std::string(role->key)), .name = "net", .sha256 = "usual", .preparation = "none"};
    }
  }
  if (metric.reads_real()) {
    auto& real = report.inputs.real.emplace();
    real.sets[metrics::real_field(metric, archive)] = {"real", 5, true, "cd"};
  }
  return report;
}

/// For each role, the kind of the maker with this index, or of its last maker.
std::map<std::string, std::string> kinds_of(std::size_t maker) {
  std::map<std::string, std::string> kinds;
  for (const Role* role : metrics::roles())
    kinds[std::string(role->key)] = role->makers[std::min(maker, role->makers.size() - 1)].kind;
  return kinds;
}

/// What a metric depends on: the fields of roles, and settings.
struct Read {
  std::set<std::string> fields;
  std::set<const Setting*> settings;
};

void add(Read& read, const Role& role, const std::string& archive,
         const std::map<std::string, std::string>& kinds) {
  read.fields.insert(metrics::field_of(role, archive));
  const Maker& maker = *role.maker(kinds.at(std::string(role.key)));
  read.settings.insert(maker.settings.begin(), maker.settings.end());
  if (role.finder != nullptr) add(read, *role.finder, "", kinds);
}

class SignatureOf : public ::testing::TestWithParam<const Metric*> {
 protected:
  /// Checks the metric with the default archive and with another, for each kind that can play a role.
  void for_each_case(
      const std::function<void(const std::string& archive, const std::map<std::string, std::string>& kinds)>&
          check) const {
    std::size_t most = 1;
    for (const Role* role : metrics::roles()) most = std::max(most, role->makers.size());
    for (std::size_t maker = 0; maker < most; ++maker) {
      for (const std::string& archive : {std::string(), std::string("other")})
        check(archive, kinds_of(maker));
    }
  }
  static Read read_by(const std::string& archive, const std::map<std::string, std::string>& kinds) {
    Read read;
    const Role& role = *GetParam()->role;
    add(read, role, archive, kinds);
    if (const Role* companion = role.maker(kinds.at(std::string(role.key)))->companion)
      add(read, *companion, "", kinds);
    read.settings.insert(GetParam()->settings.begin(), GetParam()->settings.end());
    return read;
  }
};

TEST_P(SignatureOf, changes_with_each_archive_that_it_reads_and_no_other) {
  for_each_case([](const std::string& archive, const auto& kinds) {
    const Report report = report_of(*GetParam(), archive, kinds);
    const Read read = read_by(archive, kinds);
    for (const auto& [field, stem] : report.played) {
      Report other = report;
      other.models[stem].sha256 = "another";
      EXPECT_EQ(signature(other) != signature(report), read.fields.contains(field)) << field;
      other.models[stem] = report.models.at(stem);
      other.models[stem].preparation = "resize=9x9:pillow-bicubic";
      const bool has_rows = read.fields.contains(field) && !field.starts_with("labels");
      EXPECT_EQ(signature(other) != signature(report), has_rows) << field;
    }
  });
}

TEST_P(SignatureOf, changes_with_each_setting_that_it_reads_and_no_other) {
  for_each_case([](const std::string& archive, const auto& kinds) {
    Report report = report_of(*GetParam(), archive, kinds);
    const Read read = read_by(archive, kinds);
    for (const Settings& before : {usual_settings(), drawing_settings()}) {
      report.metrics.front().settings = before;
      for (const auto& [name, change] : changes()) {
        Report other = report;
        change(other.metrics.front().settings);
        const Settings& changed = other.metrics.front().settings;
        const bool moves = std::ranges::any_of(read.settings, [&](const Setting* setting) {
          return setting->value(changed) != setting->value(before);
        });
        EXPECT_EQ(signature(other) != signature(report), moves) << name;
      }
    }
  });
}

TEST_P(SignatureOf, has_whether_prompts_are_fixed) {
  Report report = report_of(*GetParam(), "", kinds_of(0));
  EXPECT_FALSE(fields_of(signature(report)).contains("prompts"));
  report.settings.prompts = metrics::Prompts::kFixed;
  EXPECT_EQ(fields_of(signature(report)).at("prompts"), "fixed");
}

TEST_P(SignatureOf, changes_with_the_real_images_if_it_is_compared_with_them) {
  Report report = report_of(*GetParam(), "", kinds_of(0));
  const std::string usual = signature(report);
  if (!report.inputs.real) report.inputs.real.emplace();
  for (const Role* role : metrics::roles()) {
    Report other = report;
    other.inputs.real->sets[metrics::field_of(*role, "")] = {"real", 6, true, "ef"};
    EXPECT_EQ(signature(other) != usual,
              GetParam()->real == metrics::OfReal::kMoments && role == GetParam()->role)
        << role->key;
    other.inputs.real->sets[metrics::field_of(*role, "", "rows")] = {"real", 6, true, "ef"};
    EXPECT_EQ(signature(other) != usual, GetParam()->reads_real() && role == GetParam()->role) << role->key;
  }
}

TEST(SignatureOfDraws, has_the_estimator_and_its_seed) {
  const auto field = [](const char* metric, const char* key, const Settings& settings) {
    Report report = report_of(*metrics::find_metric(metric), "", kinds_of(0));
    report.metrics.front().settings = settings;
    return fields_of(signature(report)).at(key);
  };
  Settings drawing = drawing_settings();
  drawing.seed = 7;
  EXPECT_EQ(field("KID", "KID", usual_settings()), "full");
  EXPECT_EQ(field("KID", "KID", drawing), "subsets/7");
  EXPECT_EQ(field("RP", "RP", usual_settings()), "exact");
  EXPECT_EQ(field("RP", "RP", drawing), "sampled/7");
}

INSTANTIATE_TEST_SUITE_P(Each, SignatureOf,
                         ::testing::ValuesIn(metrics::registry().begin(), metrics::registry().end()),
                         [](const auto& metric) {
                           std::string name;
                           for (const char c : metric.param->key) {
                             if (c == '*') name += "Calibrated";
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace tise::report
