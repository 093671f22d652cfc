// Captions with what is derived from their texts, in the program's own format: to look over, to correct, and
// to give back as --captions.

#include <filesystem>
#include <optional>
#include <string>

#include "archives.h"
#include "commands.h"
#include "notices.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/data/captions.h"
#include "tise/models/models.h"
#include "tise/text/annotate.h"

namespace tise::cli {
namespace {

/// The models folder; nothing where none is named and none is in its usual place.
std::optional<std::filesystem::path> models_folder(const std::optional<std::string>& named) {
  if (named) return models::find_models_folder(named);
  try {
    return models::find_models_folder(std::nullopt);
  } catch (const ModelError&) {
    return std::nullopt;
  }
}

/// The classes of the archive whose labels name them in a run, else COCO's.
text::Lexicon find_lexicon(const std::optional<std::string>& models, Console& console) {
  const auto folder = models_folder(models);
  Archives archives(models);
  const auto labels = folder ? archives.who_plays(metrics::kLabels) : std::nullopt;
  if (labels) return {labels->archive->card.labels, labels->archive->card.synonyms};
  console.info(concat(folder ? concat("no ", metrics::kLabels.archives.front(), ".pt in ", folder->string())
                             : "no models folder",
                      ": the class names are COCO's 80"));
  return {text::coco_labels(), {}};
}

}  // namespace

ExitCode annotate(const AnnotateOptions& options, World world) {
  check_deliverable(options.output, "annotated captions");
  data::Captions captions = data::read_captions(options.captions);
  const FieldNotices fields = about_fields(captions.unknown_fields, options.captions);
  for (const std::string& notice : fields.misspelt) world.console.warn(notice);
  if (!fields.others.empty()) world.console.info(fields.others + "; they are not in the output");
  const text::Lexicon lexicon = find_lexicon(options.models, world.console);
  std::string lines;
  std::size_t positions = 0;
  std::size_t counts = 0;
  std::size_t objects = 0;
  for (data::Item& item : captions.items) {
    text::complete(item, lexicon, options.captions);
    if (item.position) ++positions;
    if (!item.counts->empty()) ++counts;
    if (!item.objects->empty()) ++objects;
    lines += data::json_line(item, item.image) + "\n";
  }
  deliver(options.output, "annotated captions", lines);
  world.console.info(concat(counted(captions.items.size(), "caption"), ": ", positions, " with a position, ",
                            counts, " with counts, ", objects, " with objects"));
  return ExitCode::kOk;
}

}  // namespace tise::cli
