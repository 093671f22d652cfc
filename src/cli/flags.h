#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "command_line.h"
#include "options.h"
#include "tise/base/names.h"

/// Flags that several commands share, and helpers to define flags.
namespace tise::cli {

/// The headings under which --help groups flags.
inline constexpr const char* kInputs = "Inputs";
inline constexpr const char* kMetricsGroup = "Metrics";
inline constexpr const char* kComputing = "Models and device";
inline constexpr const char* kStoring = "Store and parts";
inline constexpr const char* kReports = "Reports";
inline constexpr const char* kGates = "Gates and comparisons";
inline constexpr const char* kSettings = "Settings and log";

/// Logs to stderr as JSON. `run_program` also looks for it, for errors before the flags are parsed.
inline constexpr const char* kLogJsonFlag = "--log-json";

/// The type of the values of --fail-under and --fail-over.
inline constexpr const char* kLimitType = "METRIC=N";

/// Adds an option, spelled with the type of its value as in `--html FILE`, or a flag if `target` is a bool.
/// The initial value of `target` is the default.
template <typename T>
CLI::Option* add(CLI::App& app, const char* group, std::string_view spelled, T& target,
                 const std::string& help) {
  const std::size_t blank = spelled.find(' ');
  const std::string name(spelled.substr(0, blank));
  if constexpr (std::is_same_v<T, bool>) {
    return app.add_flag(name, target, help)->group(group);
  } else {
    CLI::Option* option = app.add_option(name, target, help)->group(group);
    option->type_name(std::string(spelled.substr(blank + 1)));
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string> ||
                  std::is_same_v<T, std::filesystem::path>)
      option->capture_default_str();
    return option;
  }
}

/// Adds an option that takes one of a few words. The word for the initial value of `target` is the default.
template <typename T>
CLI::Option* add_choice(CLI::App& app, const char* group, const std::string& name, T& target,
                        const std::map<std::string, T>& words, const std::string& help) {
  std::vector<std::string> known;
  std::string fallback;
  for (const auto& [word, value] : words) {
    known.push_back(word);
    if (value == target) fallback = word;
  }
  return app
      .add_option_function<std::string>(
          name,
          [&target, words, name, known](const std::string& text) {
            const auto found = words.find(text);
            if (found == words.end()) {
              throw CLI::ValidationError(
                  name, "\"" + text + "\" is not one of " + joined(known, "|") + did_you_mean(text, known));
            }
            target = found->second;
          },
          help)
      ->type_name(joined(known, "|"))
      ->default_str(fallback)
      ->group(group);
}

/// Accepts a whole number within limits, which the error message states.
CLI::Validator whole_within(std::int64_t low, std::int64_t high);

/// Accepts a temperature: a number above 0.
CLI::Validator temperature();

/// --models, --device, --threads and the other flags of every command that runs models.
void add_encoding(CLI::App& app, run::Encoding& encoding);
/// --transform, --exif, --first-frame, --max-pixels.
void add_opening(CLI::App& app, image::Opening& opening);
void add_models_folder(CLI::App& app, std::optional<std::string>& models, const std::string& help);
void add_device(CLI::App& app, run::Encoding& encoding);
void add_device_and_threads(CLI::App& app, run::Encoding& encoding);
void add_store(CLI::App& app, std::optional<std::filesystem::path>& store);
void add_threshold(CLI::App& app, metrics::Settings& settings);
/// --captions-format and --caption-field.
void add_captions_reading(CLI::App& app, data::CaptionsReading& reading);
/// --images, --captions and how to read them, --references, --real, --subset.
void add_input_files(CLI::App& app, run::Spec& spec);
/// Adds an option that takes comma-separated names.
CLI::Option* add_list(CLI::App& app, const char* group, std::string_view spelled,
                      std::vector<std::string>& list, const std::string& help);
CLI::Option* add_metrics(CLI::App& app, std::vector<std::string>& metrics, const std::string& help);
/// --recipe.
void add_recipe(CLI::App& app, CommandLine& line);
void add_protocol(CLI::App& app, metrics::Settings& settings);
void add_alpha(CLI::App& app, double& alpha);
void add_force(CLI::App& app, bool& force);
void add_real(CLI::App& app, std::vector<run::Real>& real, std::optional<std::filesystem::path>& real_objects,
              const std::string& help);
/// --output, --samples, --html, --against, the gates and --force.
void add_report(CLI::App& app, ReportOptions& options);
/// --quiet, --verbose, --log-json.
void add_log(CLI::App& app, CommandLine& line);
void add_config(CLI::App& app, CommandLine& line);
/// --config, --print-config and the flags of add_log.
void add_settings(CLI::App& app, CommandLine& line);

}  // namespace tise::cli
