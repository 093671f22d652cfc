#include "tise/metrics/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"

namespace tise::metrics {
namespace {

using Value = std::optional<std::string>;

/// The shortest decimal that reads back as the same number.
Value number(const std::optional<double>& value) {
  return value ? std::optional(json_text(nlohmann::json(*value))) : std::nullopt;
}

Value protocol_of(const Settings& settings) { return std::string(to_string(settings.protocol)); }

}  // namespace

const Setting kProtocolSetting{
    "protocol", "the formulas",
    "Which formulas are used where the TISE toolbox's code departs from the papers.", &protocol_of};

const Setting kPromptSetting{"prompt", "the prompt of CLIP-S", "Goes before captions and references.",
                             [](const Settings& settings) -> Value { return settings.prompt; }};

const Setting kSplitsSetting{
    "splits", "the number of splits", "The number of parts of the set; the value is the mean over them.",
    [](const Settings& settings) -> Value { return std::to_string(settings.splits); }};

const Setting kSeedSetting{"seed", "the seed of the splits",
                           "The seed of the permutation before the splits (numpy's legacy generator).",
                           [](const Settings& settings) -> Value {
                             if (settings.protocol == Protocol::kTise || settings.splits == 1) return {};
                             return std::to_string(settings.seed);
                           }};

const Setting kTemperatureSetting{"T",
                                  "IS*'s temperature",
                                  "The logits were divided by it.",
                                  [](const Settings& settings) { return number(settings.temperature); },
                                  &Settings::temperature,
                                  kTiseTemperature,
                                  "--temperature"};

const Setting kObjectTemperatureSetting{
    "O-T",
    "O-IS's temperature",
    "The crops' logits were divided by it.",
    [](const Settings& settings) { return number(settings.object_temperature); },
    &Settings::object_temperature,
    kTiseObjectTemperature,
    "--object-temperature"};

const Setting kThresholdSetting{"threshold", "the detector's threshold",
                                "The lowest score at which an object counts.",
                                [](const Settings& settings) { return number(settings.detector_threshold); }};

const Setting kCounterProtocolSetting{"protocol", "the counter's protocol",
                                      "Which rule applies to classes that the counter does not know.",
                                      &protocol_of};

std::string_view to_string(Protocol protocol) { return protocol == Protocol::kTise ? "tise" : "paper"; }

std::string_view Setting::word(const Settings& settings) const {
  const auto given = settings.words.find(flag);
  if (given == settings.words.end() || given->second.empty())
    return settings.protocol == Protocol::kTise && !default_of_tise.empty() ? default_of_tise : default_word;
  if (std::ranges::find(words, given->second) == words.end())
    throw InputError(concat(flag, ": ", given->second, " is not one of ", joined(words)));
  return given->second;
}

std::string prompt_as_used(std::string prompt) {
  if (!prompt.empty() && prompt.back() != ' ') prompt += ' ';
  return prompt;
}

std::size_t fid_samples(std::size_t count, Protocol protocol) {
  constexpr std::size_t kTiseBatch = 50;
  return protocol == Protocol::kTise ? count - count % kTiseBatch : count;
}

std::string_view to_string(Prompts prompts) { return prompts == Prompts::kFixed ? "fixed" : "sampled"; }

}  // namespace tise::metrics
