// `tise-eval calibrate`: finds a classifier's temperature, and copies its archive with the temperature in the
// card.

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"

namespace tise::cli {
namespace {

struct CalibrateOptions {
  run::CalibrationSpec spec;
  std::optional<std::filesystem::path> output;  ///< the copy of the archive
};

void write_copy(const models::Archive& archive, double temperature, const std::filesystem::path& output,
                Console& console) {
  nlohmann::ordered_json card = archive.card.json;
  card["temperature"] = temperature;
  models::copy_with_card(archive, card, output);
  console.info(concat("archive with T = ", temperature, ": ", output.string()));
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
  deliver(std::nullopt, "figures", run::to_json(outcome));
  return ExitCode::kOk;
}

}  // namespace

void add_calibrate(CommandLine& line) {
  const auto options = std::make_shared<CalibrateOptions>();
  run::CalibrationSpec& spec = options->spec;
  CLI::App& command =
      line.add("calibrate", "find a classifier's temperature, for IS* and O-IS, from labeled images",
               "tise-eval calibrate --images val/ --labels labels.csv --output inception.pt",
               [options](World world) { return calibrate(*options, world); });
  add(command, kInputs, "--images DIR|FILE", spec.images,
      "labeled images: folder, archive or .npz (required)")
      ->required();
  add(command, kInputs, "--labels FILE", spec.labels,
      "their classes, as numbers from 0 or names in the model card: JSON, JSON Lines, CSV or TSV (required)")
      ->required();
  add(command, kComputing, "--classifier FILE", spec.classifier,
      "the classifier's archive [inception.pt in the models folder]");
  add(command, kInputs, "--subset", spec.subset, "use only the labels whose images exist");
  add_store(command, spec.store);
  add(command, kReports, "--output FILE", options->output,
      "a copy of the archive with the temperature in its card (.pt); the figures go to stdout");
  add_encoding(command, spec.encoding);
  add_settings(command, line);
}

}  // namespace tise::cli
