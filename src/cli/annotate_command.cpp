// `tise-eval annotate`: writes captions with what is derived from their texts, in the program's own format,
// to be checked, corrected and given back as --captions.

#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/data/captions.h"

namespace tise::cli {
namespace {

struct AnnotateOptions {
  run::AnnotationSpec spec;
  std::optional<std::filesystem::path> output;
};

ExitCode annotate(const AnnotateOptions& options, World world) {
  check_deliverable(options.output, "annotated captions");
  TerminalListener listener(world);
  const std::vector<data::Item> items = run::annotate(options.spec, listener);
  std::string lines;
  std::size_t positions = 0;
  std::size_t counts = 0;
  std::size_t objects = 0;
  for (const data::Item& item : items) {
    if (item.position) ++positions;
    if (!item.counts->empty()) ++counts;
    if (!item.objects->empty()) ++objects;
    lines += data::json_line(item, item.image) + "\n";
  }
  deliver(options.output, "annotated captions", lines);
  world.console.info(concat(counted(items.size(), "caption"), ": ", positions, " with a position, ", counts,
                            " with counts, ", objects, " with objects"));
  return ExitCode::kOk;
}

}  // namespace

void add_annotate(CommandLine& line) {
  const auto options = std::make_shared<AnnotateOptions>();
  CLI::App& command =
      line.add("annotate", "add positions, counts and objects to captions, to check and correct them",
               "tise-eval annotate --captions captions.json --output annotated.jsonl",
               [options](World world) { return annotate(*options, world); });
  add(command, kInputs, "--captions FILE|DIR", options->spec.captions,
      "captions or prompts, in any format that an evaluation reads (required)")
      ->required();
  add_captions_reading(command, options->spec.captions_reading);
  add_models_folder(
      command, options->spec.models,
      "folder whose maskrcnn.pt names the classes, or `shapes` [the usual folder, else COCO's classes]");
  add(command, kReports, "--output FILE", options->output, "JSON Lines [stdout]");
  add_log(command, line);
}

}  // namespace tise::cli
