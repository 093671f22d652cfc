// A signature in words: each field with its value, its meaning, and which of the report's metrics it affects.

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/json_document.h"
#include "tise/data/source.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/settings.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kShown = 60;

/// A word of a value and its meaning.
using Word = std::pair<std::string_view, std::string_view>;

/// Resize filters.
constexpr std::array kFilters{
    Word{"pillow-box", "Pillow's box filter (as in Pillow up to 12), 8-bit"},
    Word{"pillow-bilinear", "Pillow's bilinear filter (as in Pillow up to 12), 8-bit, antialiased"},
    Word{"pillow-bicubic",
         "Pillow's bicubic filter (as in Pillow up to 12), 8-bit, antialiased (CLIP's transform)"},
    Word{"pillow-lanczos", "Pillow's Lanczos filter (as in Pillow up to 12), 8-bit, antialiased"},
    Word{"pillow-float-bicubic", "Pillow's bicubic filter on float channels (clean-fid)"},
    Word{"torch-bilinear", "torch's bilinear filter, no antialiasing (pytorch-fid)"},
    Word{"torch-bicubic", "torch's bicubic filter, no antialiasing"},
    Word{"torch-bicubic-antialias", "torch's bicubic filter, antialiased (EDM2)"},
    Word{"tf1-bilinear", "TensorFlow 1's bilinear filter, no antialiasing (torch-fidelity)"},
};

/// Steps of a preparation, without what follows `=` and `:`.
constexpr std::array kSteps{
    Word{"square", "center-cropped to the largest square"},
    Word{"crop", "center-cropped"},
    Word{"resize", "resized"},
    Word{"resize-longer", "the longer side resized"},
    Word{"pad", "padded symmetrically"},
};

/// Splits at commas.
std::vector<std::string> listed(std::string_view value) {
  std::vector<std::string> parts;
  while (!value.empty()) {
    const std::string_view part = value.substr(0, value.find(','));
    parts.emplace_back(part);
    value.remove_prefix(std::min(part.size() + 1, value.size()));
  }
  return parts;
}

std::vector<std::string> metrics_of(const std::vector<KeyValue>& fields) {
  std::vector<std::string> metrics;
  for (const auto& [key, value] : fields) {
    if (key == "metrics") metrics = listed(value);
  }
  return metrics;
}

/// The settings on which the order's effects depend: the protocol, and those that take words.
metrics::Settings settings_of(const std::vector<KeyValue>& fields) {
  metrics::Settings settings;
  for (const auto& [key, value] : fields) {
    if (key == metrics::kProtocolSetting.key && value == to_string(metrics::Protocol::kTise))
      settings.protocol = metrics::Protocol::kTise;
    for (const metrics::Setting* setting : metrics::settings_of_words()) {
      const std::string_view word = value.substr(0, value.find('/'));
      const bool is_known = std::ranges::find(setting->words, word) != setting->words.end();
      if (key == setting->key && is_known) settings.words[std::string(setting->flag)] = word;
    }
  }
  return settings;
}

/// What a signature says about the metrics.
struct SignedMetrics {
  std::vector<std::string> metrics;
  metrics::Settings settings;
};

/// The definition of each metric, without what has a field of its own and what a protocol changes.
std::vector<std::string> definition_lines(const std::vector<std::string>& keys) {
  std::vector<std::string> lines;
  for (const std::string& key : keys) {
    if (const auto chosen = metrics::find_chosen(key))
      lines.push_back(concat(key, ": ", chosen->metric->definition, "."));
  }
  return lines;
}

std::vector<std::string> protocol_lines(std::string_view value, const std::vector<std::string>& keys) {
  if (value == "paper") return {"paper: as in the papers and their reference implementations, and as above."};
  std::vector<std::string> rules;
  std::map<std::string_view, std::vector<std::string>> metrics_of_rule;
  for (const std::string& key : keys) {
    const auto chosen = metrics::find_chosen(key);
    if (!chosen || chosen->metric->tise.empty()) continue;
    auto& of_rule = metrics_of_rule[chosen->metric->tise];
    if (of_rule.empty()) rules.emplace_back(chosen->metric->tise);
    of_rule.push_back(key);
  }
  std::vector<std::string> lines{concat(value, ": as in the TISE toolbox's code.")};
  for (const std::string& rule : rules)
    lines.push_back(concat(joined(metrics_of_rule[rule]), ": ", rule, "."));
  return lines;
}

/// A word's meaning, or the word itself if it is unknown.
template <std::size_t n>
std::string_view meaning_of(const std::array<Word, n>& words, std::string_view word) {
  const auto known = std::ranges::find(words, word, &Word::first);
  return known == words.end() ? word : known->second;
}

/// `resize=224:pillow-bicubic` in words.
std::string step_line(std::string_view step) {
  const std::string_view name = step.substr(0, step.find_first_of("=:"));
  const std::string_view rest = step.substr(name.size());
  const std::string_view size = rest.substr(0, rest.find(':'));
  const std::string_view detail = rest.substr(std::min(size.size() + 1, rest.size()));
  std::string line(meaning_of(kSteps, name));
  if (size.size() > 1) {
    const bool is_box = size.find('x') != std::string_view::npos;
    line = concat(name == "resize" && !is_box ? "the shorter side resized" : line, " to ", size.substr(1));
  }
  if (name.starts_with("resize")) return concat(line, " with ", meaning_of(kFilters, detail));
  if (name == "pad") return concat(line, " with gray ", detail);
  return detail == "floor" ? concat(line, ", half pixels rounded down") : line;
}

std::vector<std::string> preparation_lines(std::string_view value) {
  if (value == "none") return {"Images: not prepared; the network resizes them itself."};
  std::vector<std::string> lines;
  for (const std::string& step : listed(value)) lines.push_back(step_line(step));
  return {concat("Images: ", joined(lines, "; "),
                 ". Mean, deviation and value range are in the card, which the archive's hash covers.")};
}

std::vector<std::string> order_lines(const SignedMetrics& signature) {
  std::vector<std::string_view> determined;
  for (const std::string& key : signature.metrics) {
    const auto chosen = metrics::find_chosen(key);
    if (!chosen) continue;
    for (const metrics::OrderEffect& effect : chosen->metric->order) {
      const bool is_new = std::ranges::find(determined, effect.what) == determined.end();
      if (is_new && effect.with(signature.settings)) determined.push_back(effect.what);
    }
  }
  if (determined.empty()) return {};
  const std::string_view last = determined.back();
  determined.pop_back();
  return {concat("It determines ", joined(determined), determined.empty() ? "" : " and ", last, ".")};
}

std::vector<std::string> real_lines(std::string_view value) {
  std::vector<std::string> lines;
  if (value.starts_with('?')) lines.emplace_back("?: the statistics file does not state how many.");
  if (value.find(" unverified") != std::string_view::npos) {
    lines.emplace_back("unverified: the file does not state which network and preparation it comes from.");
  }
  return lines;
}

/// Explains this particular value.
std::vector<std::string> value_lines(const SignatureField& field, std::string_view value,
                                     const SignedMetrics& signature) {
  const std::string_view key = field.key;
  if (key == "metrics") return definition_lines(signature.metrics);
  if (key == metrics::kProtocolSetting.key) return protocol_lines(value, signature.metrics);
  if (key == "order") return order_lines(signature);
  if (field.explain != nullptr) return field.explain(value);
  if (key.ends_with(".input")) return preparation_lines(value);
  if (key.ends_with(".real")) return real_lines(value);
  if (field.is_network) return {"Its name, then the first digits of its archive's SHA-256."};
  if (key == "v" && value != this_tool().version) {
    return {concat("This is version ", this_tool().version, ", which may explain some fields differently.")};
  }
  return {};
}

/// Wraps a line and indents it.
std::string wrapped(std::string_view line) {
  std::string text;
  std::size_t column = 0;
  for (std::string_view rest = line; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (column > 0 && column + 1 + word.size() > kWidth) column = 0;
    text += column == 0 ? (text.empty() ? "    " : "\n    ") : " ";
    column += column == 0 ? 4 + word.size() : 1 + word.size();
    text += word;
  }
  return text + "\n";
}

ExplainedField explained(const KeyValue& field, const SignedMetrics& signature) {
  ExplainedField explained{std::string(field.key), decode_value(field.value), {}};
  const auto known = find_signature_field(field.key);
  if (!known) {
    explained.lines.push_back(concat("Not a field that tise-eval ", this_tool().version, " knows."));
    return explained;
  }
  std::vector<std::string> moved = signature.metrics;
  std::erase_if(moved, [&](const std::string& metric) { return !known->moves(metric); });
  explained.lines.push_back(
      concat(known->explanation, moved.empty() ? "" : concat(" Affects ", joined(moved), ".")));
  std::ranges::move(value_lines(*known, explained.value, signature), std::back_inserter(explained.lines));
  return explained;
}

}  // namespace

std::string explain(std::string_view signature) {
  const std::vector<KeyValue> fields = split_signature(signature);
  if (fields.empty() || fields.front().key != "metrics" || signature.find(':') == std::string_view::npos) {
    throw UsageError(concat(
        excerpt(signature, kShown),
        " is neither a signature (\"metrics:…\") nor the path of a report; quote a signature, because | is "
        "special to the shell"));
  }
  std::string text;
  for (const ExplainedField& field : explained_fields(signature)) {
    text += concat(field.key, ": ", field.value, "\n");
    for (const std::string& line : field.lines) text += wrapped(line);
  }
  return text;
}

std::vector<ExplainedField> explained_fields(std::string_view signature) {
  const std::vector<KeyValue> fields = split_signature(signature);
  const SignedMetrics of{metrics_of(fields), settings_of(fields)};
  return mapped(fields, [&](const KeyValue& field) { return explained(field, of); });
}

std::string read_signature(const std::filesystem::path& path) {
  const data::Source source = data::read_source(path, "report");
  const data::Document document = data::parse_json(source, source.text);
  if (!document.root.is_object() || !document.root.contains("signature") ||
      !document.root["signature"].is_string()) {
    data::fail(source, "is not a report: it has no \"signature\"");
  }
  return document.root["signature"].get<std::string>();
}

}  // namespace tise::report
