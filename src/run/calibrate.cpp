// Fits the temperature of a classifier, for IS* and O-IS: images and labels → logits → T.

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "encoder.h"
#include "notices.h"
#include "real_images.h"
#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/labels.h"
#include "tise/data/place.h"
#include "tise/metrics/calibration.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/read_samples.h"
#include "tise/run/archives.h"

namespace tise::run {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestLabel = 40;

/// The metric whose temperature is fitted, with its classifier.
Planned find_classifier(const CalibrationSpec& spec, Archives& archives) {
  Planned planned{{&metrics::kCalibratedInceptionScore, ""}};
  if (spec.classifier) archives.take(*planned.metric().role, *spec.classifier);
  if (const std::string missing = archives.cast(planned); !missing.empty())
    throw ModelError(missing + kArchiveRemedy);
  return planned;
}

/// The class that a label names: by number, or by name if the card has names.
std::size_t class_of(const std::string& label, std::size_t classes, const std::vector<std::string>& names,
                     const std::string& where) {
  const auto named = std::ranges::find(names, label);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error != std::errc() || end != label.data() + label.size() || number >= classes) {
    throw InputError(
        concat(where, ": label ", excerpt(label, kLongestLabel), " is not one of the classifier's ", classes,
               " classes; use a number from 0 to ", classes - 1,
               names.empty() ? "" : concat(" or a name such as ", excerpt(names.front(), kLongestLabel))));
  }
  return number;
}

/// The class of each image.
std::vector<std::size_t> classes_of(const data::Dataset& dataset, const std::filesystem::path& labels,
                                    const models::Card& card) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::vector<std::string> names;
  const nlohmann::ordered_json named = card.json.value("labels", nlohmann::ordered_json::array());
  for (const auto& name : named) names.push_back(name.is_string() ? name.get<std::string>() : "");
  std::vector<std::size_t> classes(dataset.images.size(), kNone);
  for (const data::Pair& pair : dataset.pairs) {
    const std::string where = "labels " + labels.string() + ": " + pair.item.where;
    if (classes[pair.image] != kNone) {
      throw InputError(where + ": image " + excerpt(dataset.images[pair.image].name, kLongestLabel) +
                       " has two labels; keep one");
    }
    classes[pair.image] = class_of(pair.item.caption, static_cast<std::size_t>(card.classes), names, where);
  }
  return classes;
}

/// Removes the unusable images from both lists.
void leave_out(const std::vector<pipeline::BadImage>& bad, std::vector<std::string>& names,
               std::vector<std::size_t>& classes) {
  for (const pipeline::BadImage& image : bad) {
    const auto place = std::ranges::find(names, image.name) - names.begin();
    names.erase(names.begin() + place);
    classes.erase(classes.begin() + place);
  }
}

Json confidence_json(const metrics::Confidence& confidence) {
  return {{"nll", confidence.nll}, {"ece", confidence.ece}};
}

}  // namespace

CalibrationOutcome calibrate(const CalibrationSpec& spec, Listener& listener) {
  auto labels = data::read_labels(spec.labels);
  auto listed = data::list_images(spec.images, "images");
  const auto missing = spec.subset ? data::Missing::kSkip : data::Missing::kFail;
  const data::Dataset dataset = data::match(std::move(listed.images), std::move(labels), missing);
  CalibrationOutcome outcome;
  outcome.warnings = about_left_out(listed.left_out, "images", spec.images, "--images");
  for (std::string& sentence : about_unmatched(dataset, "label"))
    outcome.warnings.push_back(std::move(sentence));
  for (const std::string& warning : outcome.warnings) listener.warn(warning);
  const Devices devices = find_devices(spec.encoding);
  devices.use_threads();
  Archives archives(spec.encoding.models);
  const Planned planned = find_classifier(spec, archives);
  outcome.archive = *planned.own().archive;
  std::vector<std::size_t> classes = classes_of(dataset, spec.labels, outcome.archive.card);
  listener.info(concat(counted(classes.size(), "labeled image"), " of ",
                       counted(outcome.archive.card.classes, "class", "classes")));

  const StoreFolder folder(spec.store, listener);
  const GroupTable groups = groups_of({&planned});
  const Plan plan{.metrics = {},
                  .warnings = {},
                  .precision = models::name_of(devices.precision),
                  .opening = spec.encoding.opening};
  RunStore store(folder.path(), provenance_of(groups, plan, devices.first()), listener);
  Encoder encoder(spec.encoding, devices, listener);
  const auto work = lacking_work(store, dataset.images, groups, plan.opening, "image");
  encoder.check_images(work);
  const auto bad = encoder.encode_images(store, work);
  refuse_if_all_are_bad(bad, dataset.images.size(), "image", spec.images);
  warn_of_skipped(bad, dataset.images.size(), "image", listener);
  if (!bad.empty()) outcome.warnings.push_back(about_skipped(bad, dataset.images.size(), "image"));
  outcome.skipped = lines_about(bad);
  std::vector<std::string> names = usable_names(dataset.images, {});
  leave_out(bad, names, classes);

  outcome.found =
      metrics::calibrate(metrics::group_rows(store.rows(), source_of(planned, nullptr), names), classes);
  if (!outcome.found.temperature)
    throw InputError("labels " + spec.labels.string() + ": " + outcome.found.reason);
  return outcome;
}

std::string to_json(const CalibrationOutcome& outcome) {
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
  return json_text(json, 2) + "\n";
}

}  // namespace tise::run
