#include "tise/metrics/registry.h"

#include <algorithm>
#include <array>
#include <set>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/influence.h"

namespace tise::metrics {

extern const Metric kClipScore, kRefClipScore, kInceptionScore, kCalibratedInceptionScore, kFid,
    kObjectInceptionScore, kObjectFid, kRPrecision, kSoaByClass, kSoaByImage, kPositionalAlignment,
    kCountingAlignment, kFrechetDistance, kKernelInceptionDistance, kMaximumMeanDiscrepancy;

namespace {

constexpr std::array kMetrics{
    &kClipScore,
    &kRefClipScore,
    &kInceptionScore,
    &kCalibratedInceptionScore,
    &kFid,
    &kObjectInceptionScore,
    &kObjectFid,
    &kRPrecision,
    &kSoaByClass,
    &kSoaByImage,
    &kPositionalAlignment,
    &kCountingAlignment,
    &kFrechetDistance,
    &kKernelInceptionDistance,
    &kMaximumMeanDiscrepancy,
};

std::vector<std::string_view> keys_of(std::span<const Metric* const> metrics) {
  std::vector<std::string_view> keys;
  for (const Metric* metric : metrics) keys.push_back(metric->key);
  return keys;
}

/// The groups' names, in the registry's order.
std::vector<std::string_view> groups() {
  std::vector<std::string_view> names;
  for (const Metric* metric : kMetrics) {
    if (names.empty() || names.back() != metric->group) names.push_back(metric->group);
  }
  return names;
}

/// Throws UsageError if the literature has this name for a metric with a certain network.
void refuse_known_as(std::string_view flag, std::string_view name) {
  for (const Metric* metric : kMetrics) {
    for (const KnownAs& known : metric->known_as) {
      if (!same_ignoring_case(known.name, name)) continue;
      throw UsageError(concat(flag, ": \"", name, "\" is ", known.key, " here: ", metric->key,
                              " with the features of ", named(known.key).archive, ".pt"));
    }
  }
}

}  // namespace

Step Metric::start(const Reading& reading) const {
  return when_done(compute(reading), [this, reading](Result result) {
    if (result.value) add_standard_error(result, reading.samples, range, reading.settings.prompts);
    return result;
  });
}

std::span<const Metric* const> registry() { return kMetrics; }

std::vector<const Setting*> settings_of_words() {
  std::vector<const Setting*> settings;
  for (const Metric* metric : kMetrics) {
    for (const Setting* setting : metric->settings) {
      if (!setting->words.empty() && std::ranges::find(settings, setting) == settings.end())
        settings.push_back(setting);
    }
  }
  return settings;
}

std::vector<const Metric*> in_group(std::string_view name) {
  if (same_ignoring_case(name, "all")) name = kBag;
  std::vector<const Metric*> metrics;
  for (const Metric* metric : kMetrics) {
    if (same_ignoring_case(metric->group, name)) metrics.push_back(metric);
  }
  return metrics;
}

const Metric* find_metric(std::string_view key) {
  const auto found = std::ranges::find_if(
      kMetrics, [&](const Metric* metric) { return same_ignoring_case(metric->key, key); });
  return found == kMetrics.end() ? nullptr : *found;
}

std::string real_field(const Metric& metric, std::string_view archive) {
  return field_of(*metric.role, archive, metric.real == OfReal::kRows ? "rows" : "");
}

std::string Chosen::key() const {
  return archive.empty() ? std::string(metric->key) : concat(metric->key, "@", archive);
}

std::optional<Chosen> find_chosen(std::string_view key) {
  const std::size_t at = key.find('@');
  const Metric* metric = find_metric(key.substr(0, at));
  if (metric == nullptr) return std::nullopt;
  if (at == std::string_view::npos) return Chosen{metric, ""};
  const std::string_view archive = key.substr(at + 1);
  if (!is_stem(archive)) return std::nullopt;
  return Chosen{metric, std::string(archive)};
}

Chosen metric_named(std::string_view flag, std::string_view key, bool may_be_group) {
  if (auto chosen = find_chosen(key)) return *chosen;
  const std::string_view name = named(key).name;
  if (find_metric(name) != nullptr) {
    throw UsageError(concat(flag, ": \"", key,
                            "\": expected the name of an archive in the models folder after @ (letters, "
                            "digits, '.', '_' and '-')"));
  }
  refuse_known_as(flag, name);
  std::vector<std::string_view> names = keys_of(kMetrics);
  if (may_be_group) {
    names.emplace_back("all");
    std::ranges::copy(groups(), std::back_inserter(names));
  }
  throw UsageError(concat(flag, ": no metric \"", key, "\"", did_you_mean(name, names), "; the metrics are ",
                          grouped_keys()));
}

std::string why_impossible(std::string_view key, double value, bool may_be_percentage) {
  constexpr double kRounding = 1e-3;  // a FID of equal sets, summed in float32, may be -0.00008
  constexpr double kHundred = 100.0;
  const auto chosen = find_chosen(key);
  if (!chosen) return "";
  Range range = chosen->metric->range;
  const bool is_share = may_be_percentage && range == kShare;
  if (is_share) range.highest = kHundred;
  if (Range{range.lowest - kRounding, range.highest + kRounding}.holds(value)) return "";
  return concat("is ", value, ", but ", chosen->key(), " is ", chosen->metric->range.words(),
                is_share ? ", or to 100 as a percentage" : "");
}

bool asked_for(const std::vector<std::string>& keys, std::string_view key) {
  return keys.empty() || std::ranges::find(keys, key) != keys.end();
}

std::vector<std::string> in_order(const std::vector<std::string>& keys) {
  std::vector<std::string> ordered;
  for (const Metric* metric : kMetrics) {
    std::set<std::string> archives;
    for (const std::string& key : keys) {
      const auto chosen = find_chosen(key);
      if (chosen && chosen->metric == metric) archives.insert(chosen->archive);
    }
    for (const std::string& archive : archives) ordered.push_back(Chosen{metric, archive}.key());
  }
  return ordered;
}

std::string metric_keys() { return joined(keys_of(kMetrics)); }

std::string grouped_keys() {
  std::string text;
  for (const std::string_view group : groups()) {
    text += concat(text.empty() ? "" : "; ", joined(keys_of(in_group(group))), " (",
                   group == kBag ? "all" : group, ")");
  }
  return text;
}

std::string keys_against_real(OfReal least) {
  std::vector<std::string_view> keys;
  for (const Metric* metric : kMetrics) {
    if (metric->real >= least) keys.push_back(metric->key);
  }
  return joined(keys);
}

}  // namespace tise::metrics
