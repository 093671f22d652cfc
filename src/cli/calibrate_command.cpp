// The temperature of a classifier, and a copy of its archive whose card has it.

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/json_text.h"

namespace tise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct CalibrateOptions {
  run::CalibrationSpec spec;
  std::optional<std::filesystem::path> output;  ///< the archive's copy
};

Json confidence_json(const metrics::Confidence& confidence) {
  return {{"nll", confidence.nll}, {"ece", confidence.ece}};
}

Json figures(const run::CalibrationOutcome& outcome) {
  const metrics::Calibration& found = outcome.found;
  Json json;
  json["schema"] = 1;
  json["temperature"] = *found.temperature;
  json["n"] = found.n;
  json["accuracy"] = found.accuracy;
  json["before"] = confidence_json(found.before);
  json["after"] = confidence_json(found.after);
  json["model"] = {{"name", outcome.archive.card.name}, {"sha256", outcome.archive.sha256}};
  json["skipped"] = outcome.skipped;
  if (!outcome.warnings.empty()) json["warnings"] = outcome.warnings;
  return json;
}

void write_copy(const models::Archive& archive, double temperature, const std::filesystem::path& output,
                Console& console) {
  Json card = archive.card.json;
  card["temperature"] = temperature;
  models::copy_with_card(archive, card, output);
  console.info(concat("the archive with T = ", temperature, ": ", output.string()));
}

ExitCode calibrate(const CalibrateOptions& options, World world) {
  check_writable(options.output, "model archive");
  check_deliverable(std::nullopt, "figures");
  TerminalListener listener(world);
  const run::CalibrationOutcome outcome = run::calibrate(options.spec, listener);
  const metrics::Calibration& found = outcome.found;
  world.console.info(concat("T = ", *found.temperature, ": NLL ", found.before.nll, " -> ", found.after.nll,
                            ", ECE ", found.before.ece, " -> ", found.after.ece, ", accuracy ",
                            found.accuracy));
  if (options.output) write_copy(outcome.archive, *found.temperature, *options.output, world.console);
  deliver(std::nullopt, "figures", json_text(figures(outcome), 2) + "\n");
  return ExitCode::kOk;
}

}  // namespace

void add_calibrate(CommandLine& line) {
  const auto options = std::make_shared<CalibrateOptions>();
  run::CalibrationSpec& spec = options->spec;
  CLI::App& command =
      line.add("calibrate", "the temperature of a classifier, from labelled images, for IS* and O-IS",
               "tise-eval calibrate --images val/ --labels labels.csv --output inception.pt",
               [options](World world) { return calibrate(*options, world); });
  add(command, kInputs, "--images DIR|FILE", spec.images,
      "the labelled images: a folder, .zip or .tar (required)")
      ->required();
  add(command, kInputs, "--labels FILE", spec.labels,
      "their classes: numbers from 0, or names that the card has; JSON, JSON Lines or CSV (required)")
      ->required();
  add(command, kComputing, "--classifier FILE", spec.classifier,
      "the archive [inception.pt of the models folder]");
  add(command, kInputs, "--subset", spec.subset, "take only the labels whose images are there");
  add_store(command, spec.store);
  add(command, kReports, "--output FILE", options->output,
      "a copy of the archive whose card has the temperature (.pt); the figures go to stdout");
  add_encoding(command, spec.encoding);
  add_settings(command, line);
}

}  // namespace tise::cli
