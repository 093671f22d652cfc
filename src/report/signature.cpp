#include <algorithm>
#include <set>

#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

/// The first digits of a hash: enough to tell by.
std::string digits(const std::string& sha256) { return sha256.substr(0, 12); }

/// Fields in the order in which they are first added.
class Fields {
 public:
  void add(const std::string& key, const std::string& value) {
    if (!keys_.insert(key).second) return;
    if (!text_.empty()) text_ += '|';
    text_ += key + ":" + encode_value(value);
  }
  const std::string& text() const { return text_; }

 private:
  std::set<std::string> keys_;
  std::string text_;
};

/// A metric that has a value.
struct Valued {
  metrics::Chosen chosen;
  const metrics::Settings& settings;

  const metrics::Metric& metric() const { return *chosen.metric; }
};

std::vector<Valued> valued_metrics(const Report& report) {
  std::vector<Valued> valued;
  for (const MetricEntry& entry : report.metrics) {
    const auto chosen = metrics::find_chosen(entry.key);
    if (entry.result.value && chosen) valued.push_back({*chosen, entry.settings});
  }
  return valued;
}

/// How many real images or objects, and which, as far as is known.
void add_real(Fields& fields, const Report& report, const Valued& of) {
  if (!of.metric().reads_real || !report.inputs.real) return;
  const auto field = [&](std::string_view detail) {
    return metrics::field_of(*of.metric().role, of.chosen.archive, detail);
  };
  const RealSet* real = find_in(report.inputs.real->sets, field(""));
  if (real == nullptr) return;
  fields.add(field("real"),
             (real->count > 0 ? std::to_string(real->count) : "?") + (real->verified ? "" : " unverified"));
  if (!real->set.empty()) fields.add(field("set"), digits(real->set));
}

/// The network that plays a role, how pictures are prepared for it, and what else moves its rows. Returns its
/// maker; null if nobody plays it.
const metrics::Maker* add_role(Fields& fields, const Report& report, const Valued& of,
                               const metrics::Role& role, std::string_view archive) {
  const auto field = [&](std::string_view detail) { return metrics::field_of(role, archive, detail); };
  const std::string* played = find_in(report.played, field(""));
  if (played == nullptr) return nullptr;
  const ModelUsed& model = report.models.at(*played);
  fields.add(field(""), model.name + "@" + digits(model.sha256));
  const metrics::Maker* maker = role.maker(model.kind);
  if (maker == nullptr) return nullptr;
  if (!maker->column.empty()) fields.add(field("input"), model.preparation);
  for (const metrics::Setting* setting : maker->settings) {
    if (const auto value = setting->value(of.settings)) fields.add(field(setting->key), *value);
  }
  if (role.finder != nullptr) add_role(fields, report, of, *role.finder, "");
  return maker;
}

/// All networks that a metric hangs on.
void add_networks(Fields& fields, const Report& report, const Valued& of) {
  const metrics::Maker* maker = add_role(fields, report, of, *of.metric().role, of.chosen.archive);
  if (maker != nullptr && maker->companion != nullptr) add_role(fields, report, of, *maker->companion, "");
}

void add_settings(Fields& fields, const Valued& of) {
  for (const metrics::Setting* setting : of.metric().settings) {
    const auto value = setting->value(of.settings);
    if (!value) continue;
    const std::string_view archive = setting->of_card != nullptr ? std::string_view(of.chosen.archive) : "";
    fields.add(archive.empty() ? std::string(setting->key) : concat(setting->key, "@", archive), *value);
  }
}

/// What is asked of the images, and in which order they stand.
void add_captions(Fields& fields, const Report& report, const std::vector<Valued>& valued) {
  const auto any = [&](const auto& reads) {
    return std::ranges::any_of(valued, [&](const Valued& of) { return reads(of.metric()); });
  };
  if (const auto& captions = report.inputs.captions) {
    fields.add("captions", digits(captions->pairs));
    if (any([](const auto& metric) { return metric.items.references; }))
      fields.add("references", digits(captions->references));
  }
  if (any([](const auto& metric) { return metric.reads_order; }))
    fields.add("order", digits(report.inputs.images.order));
}

/// How many images were skipped, and which captions were evaluated.
void add_left_out(Fields& fields, const Inputs& inputs) {
  if (inputs.images.skipped.empty()) return;
  fields.add("left-out", std::to_string(inputs.images.skipped.size()) +
                             (inputs.captions ? "@" + digits(inputs.captions->evaluated) : ""));
}

}  // namespace

std::string signature(const Report& report) {
  const std::vector<Valued> valued = valued_metrics(report);
  Fields fields;
  std::vector<std::string> keys;
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.value) keys.push_back(entry.key);
  }
  fields.add("metrics", joined(keys, ","));
  for (const Valued& of : valued) add_networks(fields, report, of);
  for (const Valued& of : valued) add_real(fields, report, of);
  add_captions(fields, report, valued);
  for (const Valued& of : valued) add_settings(fields, of);
  if (report.settings.prompts != metrics::Prompts::kSampled)
    fields.add("prompts", std::string(metrics::to_string(report.settings.prompts)));
  fields.add("precision", report.run.precision);
  fields.add("n", std::to_string(report.inputs.images.count));
  add_left_out(fields, report.inputs);
  fields.add("v", this_tool().version);
  return fields.text();
}

}  // namespace tise::report
