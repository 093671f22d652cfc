// Annotates captions with what can be derived from their texts.

#include "tise/text/annotate.h"

#include <filesystem>
#include <optional>
#include <string>

#include "notices.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/models/models.h"
#include "tise/run/archives.h"
#include "tise/run/run.h"

namespace tise::run {
namespace {

/// The models folder; nullopt if none is named and the usual places have none.
std::optional<std::filesystem::path> models_folder(const std::optional<std::string>& named) {
  if (named) return models::find_models_folder(named);
  try {
    return models::find_models_folder(std::nullopt);
  } catch (const ModelError&) {
    return std::nullopt;
  }
}

/// The lexicon of the archive whose labels name the classes in a run; COCO's if the folder has no such
/// archive.
text::Lexicon find_lexicon(const std::optional<std::string>& models, Listener& listener) {
  const auto folder = models_folder(models);
  Archives archives(models);
  const auto labels = folder ? archives.who_plays(metrics::kLabels) : std::nullopt;
  if (labels) return {labels->archive->card.labels, labels->archive->card.synonyms};
  listener.info(concat(folder ? concat("no ", metrics::kLabels.archives.front(), ".pt in ", folder->string())
                              : "no models folder",
                       ": using COCO's 80 class names"));
  return {text::coco_labels(), {}};
}

}  // namespace

std::vector<data::Item> annotate(const AnnotationSpec& spec, Listener& listener) {
  data::Captions captions = data::read_captions(spec.captions, spec.captions_reading);
  const FieldNotices fields = about_fields(captions.unknown_fields, spec.captions);
  for (const std::string& notice : fields.misspelt) listener.warn(notice);
  if (!fields.others.empty()) listener.info(fields.others + "; they are not in the output");
  const text::Lexicon lexicon = find_lexicon(spec.models, listener);
  for (data::Item& item : captions.items) {
    text::complete(item, lexicon, spec.captions);
    if (!item.image.empty()) item.fields.clear();  // the image is found without them
  }
  return std::move(captions.items);
}

}  // namespace tise::run
