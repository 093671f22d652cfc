#include <algorithm>
#include <set>

#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

/// The first digits of a hash, enough to tell hashes apart.
std::string digits(const std::string& sha256) { return sha256.substr(0, 12); }

/// The fields of a signature, in the order in which they are first added.
class SignatureText {
 public:
  void add(const std::string& key, const std::string& value) {
    if (!keys_.insert(key).second) return;
    if (!text_.empty()) text_ += '|';
    text_ += key + ":" + encode_value(value);
  }
  const std::string& str() const { return text_; }

 private:
  std::set<std::string> keys_;
  std::string text_;
};

/// A metric that has a value.
struct Valued {
  metrics::Chosen chosen;
  const metrics::Settings& settings;

  const metrics::Metric& metric() const { return *chosen.metric; }
  bool reads_order() const {
    return std::ranges::any_of(metric().order, [&](const auto& effect) { return effect.with(settings); });
  }
};

std::vector<Valued> valued_metrics(const Report& report) {
  std::vector<Valued> valued;
  for (const MetricEntry& entry : report.metrics) {
    const auto chosen = metrics::find_chosen(entry.key);
    if (entry.result.value && chosen) valued.push_back({*chosen, entry.settings});
  }
  return valued;
}

/// Adds how many real images or objects were used, and which, as far as known.
void add_real(SignatureText& text, const Report& report, const Valued& of) {
  if (!of.metric().reads_real() || !report.inputs.real) return;
  const auto field = [&](std::string_view detail) {
    return metrics::field_of(*of.metric().role, of.chosen.archive, detail);
  };
  const bool is_of_rows = of.metric().real == metrics::OfReal::kRows;
  const RealSet* real =
      find_in(report.inputs.real->sets, metrics::real_field(of.metric(), of.chosen.archive));
  if (real == nullptr) return;
  text.add(field(is_of_rows ? "rows" : "real"),
           (real->count > 0 ? std::to_string(real->count) : "?") + (real->verified ? "" : " unverified"));
  if (!real->set.empty()) text.add(field(is_of_rows ? "rows-set" : "set"), digits(real->set));
}

/// Adds the network that plays a role, how images are prepared for it, and what else affects its rows.
/// Returns its maker; null if no network plays the role.
const metrics::Maker* add_role(SignatureText& text, const Report& report, const Valued& of,
                               const metrics::Role& role, std::string_view archive) {
  const auto field = [&](std::string_view detail) { return metrics::field_of(role, archive, detail); };
  const std::string* played = find_in(report.played, field(""));
  if (played == nullptr) return nullptr;
  const ModelUsed& model = report.models.at(*played);
  text.add(field(""), model.name + "@" + digits(model.sha256));
  const metrics::Maker* maker = role.maker(model.kind);
  if (maker == nullptr) return nullptr;
  if (!maker->column.empty()) text.add(field("input"), model.preparation);
  for (const metrics::Setting* setting : maker->settings) {
    if (const auto value = setting->value(of.settings)) text.add(field(setting->key), *value);
  }
  if (role.finder != nullptr) add_role(text, report, of, *role.finder, "");
  return maker;
}

/// Adds all networks that a metric depends on.
void add_networks(SignatureText& text, const Report& report, const Valued& of) {
  const metrics::Maker* maker = add_role(text, report, of, *of.metric().role, of.chosen.archive);
  if (maker != nullptr && maker->companion != nullptr) add_role(text, report, of, *maker->companion, "");
}

void add_settings(SignatureText& text, const Valued& of) {
  for (const metrics::Setting* setting : of.metric().settings) {
    const auto value = setting->value(of.settings);
    if (!value) continue;
    const std::string_view archive = setting->of_card != nullptr ? std::string_view(of.chosen.archive) : "";
    text.add(archive.empty() ? std::string(setting->key) : concat(setting->key, "@", archive), *value);
  }
}

/// Adds what the images were asked to show, and their order.
void add_captions(SignatureText& text, const Report& report, const std::vector<Valued>& valued) {
  const auto any = [&](const auto& reads) { return std::ranges::any_of(valued, reads); };
  if (const auto& captions = report.inputs.captions) {
    text.add("captions", digits(captions->pairs));
    if (any([](const Valued& of) { return of.metric().items.references; }))
      text.add("references", digits(captions->references));
  }
  if (any([](const Valued& of) { return of.reads_order(); }))
    text.add("order", digits(report.inputs.images.order));
}

/// Adds how many images were skipped, and which captions were evaluated.
void add_left_out(SignatureText& text, const Inputs& inputs) {
  if (inputs.images.skipped.empty()) return;
  text.add("left-out", std::to_string(inputs.images.skipped.size()) +
                           (inputs.captions ? "@" + digits(inputs.captions->evaluated) : ""));
}

}  // namespace

std::string signature(const Report& report) {
  const std::vector<Valued> valued = valued_metrics(report);
  SignatureText text;
  std::vector<std::string> keys;
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.value) keys.push_back(entry.key);
  }
  text.add("metrics", joined(keys, ","));
  for (const Valued& of : valued) add_networks(text, report, of);
  for (const Valued& of : valued) add_real(text, report, of);
  add_captions(text, report, valued);
  for (const Valued& of : valued) add_settings(text, of);
  if (report.settings.prompts != metrics::Prompts::kSampled)
    text.add("prompts", std::string(metrics::to_string(report.settings.prompts)));
  if (!report.opening.transform.empty()) text.add("transform", image::to_string(report.opening.transform));
  if (report.opening.turns) text.add("exif", "apply");
  text.add("precision", report.run.precision);
  text.add("n", std::to_string(report.inputs.images.count));
  add_left_out(text, report.inputs);
  text.add("v", this_tool().version);
  return text.str();
}

}  // namespace tise::report
