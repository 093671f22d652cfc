#include <cstdio>
#include <iterator>

#include "tise/report/report.h"

namespace tise::report {
namespace {

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '|' || byte < 0x20) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", byte);
      out += hex;
    } else {
      out += c;
    }
  }
  return out;
}

/// The shortest decimal that reads back as the same number.
std::string number(double value) { return nlohmann::json(value).dump(); }

std::string preparation(const image::Preparation& p) {
  return image::to_string(p.resize) + "/" + image::to_string(p.fit) + "/" + std::to_string(p.width) + "x" +
         std::to_string(p.height);
}

class Fields {
 public:
  void add(const std::string& key, const std::string& value) {
    if (!text_.empty()) text_ += '|';
    text_ += key + ":" + encoded(value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool has_value(const Report& report, const std::string& key) {
  for (const MetricEntry& entry : report.metrics) {
    if (entry.key == key) return entry.result.value.has_value();
  }
  return false;
}

void add_model(Fields& fields, const Report& report, const std::string& role) {
  const auto model = report.models.find(role);
  if (model == report.models.end()) return;
  fields.add(role, model->second.card.name + "@" + model->second.sha256.substr(0, 12));
  fields.add(role + ".input", preparation(model->second.card.input));
}

}  // namespace

std::string signature(const Report& report) {
  Fields fields;
  std::string keys;
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.value) keys += (keys.empty() ? "" : ",") + entry.key;
  }
  fields.add("metrics", keys);
  add_model(fields, report, "clip");
  add_model(fields, report, "inception");
  const metrics::Settings& settings = report.settings;
  if (has_value(report, "CLIP-S") || has_value(report, "RefCLIP-S")) fields.add("prompt", settings.prompt);
  if (has_value(report, "IS") || has_value(report, "IS*")) {
    fields.add("splits", std::to_string(settings.splits));
    fields.add("seed", std::to_string(settings.seed));
  }
  if (has_value(report, "IS*")) fields.add("T", number(settings.temperature.value_or(1)));
  if (has_value(report, "FID") && report.inputs.real) {
    const RealInput& real = *report.inputs.real;
    fields.add("real", (real.count > 0 ? std::to_string(real.count) : "?") +
                           std::string(real.verified ? "" : " unverified"));
  }
  if (has_value(report, "RP")) {
    const bool exact = settings.rp == metrics::RpEstimator::kExact;
    fields.add("RP", exact ? "exact" : "sampled/" + std::to_string(settings.seed));
  }
  fields.add("precision", report.run.precision);
  fields.add("n", std::to_string(report.inputs.images.count));
  fields.add("v", this_tool().version);
  return fields.text();
}

}  // namespace tise::report
