#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "signature_fields.h"
#include "tise/base/json_text.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

/// The shortest decimal that reads back as the same number.
std::string number(double value) { return json_text(nlohmann::json(value)); }

/// The first digits of a hash: enough to tell by.
std::string digits(const std::string& sha256) { return sha256.substr(0, 12); }

std::string preparation(const image::Preparation& p) {
  return image::to_string(p.resize) + "/" + image::to_string(p.fit) + "/" + std::to_string(p.width) + "x" +
         std::to_string(p.height);
}

class Fields {
 public:
  void add(const std::string& key, const std::string& value) {
    if (!text_.empty()) text_ += '|';
    text_ += key + ":" + encode_value(value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool has_value(const Report& report, const std::string& key) {
  const MetricEntry* entry = report.find(key);
  return entry != nullptr && entry->result.value.has_value();
}

bool has_any(const Report& report, std::initializer_list<const char*> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return has_value(report, key); });
}

/// The archive of a role, under what it is to some metrics.
bool add_name(Fields& fields, const Report& report, const std::string& key, const std::string& role) {
  const auto model = report.models.find(role);
  if (model == report.models.end()) return false;
  fields.add(key, model->second.card.name + "@" + digits(model->second.sha256));
  return true;
}

/// The network that some metrics' numbers come from, and how pictures are prepared for it.
void add_model(Fields& fields, const Report& report, const std::string& key, const std::string& role) {
  if (!add_name(fields, report, key, role)) return;
  fields.add(key + ".input", preparation(report.models.at(role).card.input));
}

/// The first of two roles that has a network.
std::string either(const Report& report, const std::string& own, const std::string& lent) {
  return report.models.contains(own) ? own : lent;
}

void add_models(Fields& fields, const Report& report) {
  if (has_any(report, {"CLIP-S", "RefCLIP-S", "RP", "PA"})) add_model(fields, report, "clip", "clip");
  if (has_any(report, {"IS", "IS*"})) add_model(fields, report, "inception", "inception");
  if (has_value(report, "FID")) {
    add_model(fields, report, "FID", either(report, "inception_fid", "inception"));
  }
  if (has_any(report, {"O-IS", "O-FID"})) {
    add_model(fields, report, "objects", either(report, "inception_objects", "inception"));
  }
  if (has_any(report, {"O-IS", "O-FID", "SOA-C", "SOA-I"})) add_model(fields, report, "detector", "detector");
  if (!has_value(report, "CA")) return;
  add_model(fields, report, "counts", either(report, "counter", "detector"));
  if (report.models.contains("counter")) {
    fields.add("counts.protocol", std::string(metrics::to_string(report.settings.protocol)));
    add_name(fields, report, "labels", either(report, "labels", "detector"));
  } else {
    fields.add("counts.threshold", number(report.settings.detector_threshold));
  }
}

/// How many real images or objects, and which, as far as is known.
void add_real(Fields& fields, const std::string& key, std::size_t count, bool verified,
              const std::string& set) {
  fields.add(key, (count > 0 ? std::to_string(count) : "?") + (verified ? "" : " unverified"));
  if (!set.empty()) fields.add(key + ".set", digits(set));
}

/// What is asked of the images, and in which order they stand.
void add_captions(Fields& fields, const Report& report) {
  if (const auto& captions = report.inputs.captions) {
    fields.add("captions", digits(captions->pairs));
    if (has_value(report, "RefCLIP-S")) fields.add("references", digits(captions->references));
  }
  if (has_any(report, {"IS", "IS*", "FID", "O-IS", "O-FID"})) {
    fields.add("order", digits(report.inputs.images.order));
  }
}

void add_splits(Fields& fields, const Report& report) {
  if (!has_any(report, {"IS", "IS*", "O-IS"})) return;
  const metrics::Settings& settings = report.settings;
  fields.add("splits", std::to_string(settings.splits));
  const bool is_permuted = settings.protocol == metrics::Protocol::kPaper && settings.splits > 1;
  if (is_permuted) fields.add("seed", std::to_string(settings.seed));
}

/// How many images were skipped, and which captions were evaluated.
void add_left_out(Fields& fields, const Inputs& inputs) {
  if (inputs.images.skipped.empty()) return;
  fields.add("left-out", std::to_string(inputs.images.skipped.size()) +
                             (inputs.captions ? "@" + digits(inputs.captions->evaluated) : ""));
}

}  // namespace

std::string signature(const Report& report) {
  Fields fields;
  std::string keys;
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.value) keys += (keys.empty() ? "" : ",") + entry.key;
  }
  fields.add("metrics", keys);
  const metrics::Settings& settings = report.settings;
  fields.add("protocol", std::string(metrics::to_string(settings.protocol)));
  add_models(fields, report);
  add_captions(fields, report);
  if (has_any(report, {"CLIP-S", "RefCLIP-S"})) fields.add("prompt", settings.prompt);
  add_splits(fields, report);
  if (has_value(report, "IS*")) fields.add("T", number(settings.temperature.value_or(1)));
  if (has_value(report, "FID") && report.inputs.real) {
    const RealInput& real = *report.inputs.real;
    add_real(fields, "real", real.count, real.verified, real.set);
  }
  if (has_any(report, {"O-IS", "O-FID", "SOA-C", "SOA-I"})) {
    fields.add("threshold", number(settings.detector_threshold));
  }
  if (has_value(report, "O-IS")) fields.add("O-T", number(settings.object_temperature.value_or(1)));
  if (has_value(report, "O-FID") && report.inputs.real && report.inputs.real->objects) {
    const RealObjectsInput& objects = *report.inputs.real->objects;
    add_real(fields, "real-objects", objects.count, objects.verified, objects.set);
  }
  if (has_value(report, "RP")) {
    const bool exact = settings.rp == metrics::RpEstimator::kExact;
    fields.add("RP", exact ? "exact" : "sampled/" + std::to_string(settings.seed));
  }
  if (settings.prompts != metrics::Prompts::kSampled)
    fields.add("prompts", std::string(metrics::to_string(settings.prompts)));
  fields.add("precision", report.run.precision);
  fields.add("n", std::to_string(report.inputs.images.count));
  add_left_out(fields, report.inputs);
  fields.add("v", this_tool().version);
  return fields.text();
}

}  // namespace tise::report
