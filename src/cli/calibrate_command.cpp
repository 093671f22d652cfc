// The temperature of a classifier, for IS* and O-IS: images and labels → logits → T, and a copy of the
// archive whose card has it.

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "notices.h"
#include "outputs.h"
#include "reference.h"
#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/data/labels.h"
#include "tise/data/place.h"
#include "tise/data/utf8.h"
#include "tise/metrics/calibration.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/read_samples.h"

namespace tise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestShown = 40;

/// The metric whose temperature is sought, with its classifier.
Planned find_classifier(const CalibrateOptions& options, Engine& engine) {
  Planned planned{{&metrics::kCalibratedInceptionScore, ""}};
  if (options.classifier) engine.archives().take(*planned.metric().role, *options.classifier);
  if (const std::string missing = engine.archives().cast(planned); !missing.empty())
    throw ModelError(missing);
  return planned;
}

/// A label as one of so many classes: by number, or by the names that the card may have.
std::size_t class_of(const std::string& label, std::size_t classes, const std::vector<std::string>& names,
                     const std::string& where) {
  const auto named = std::ranges::find(names, label);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error != std::errc() || end != label.data() + label.size() || number >= classes) {
    throw InputError(concat(
        where, ": label ", data::excerpt(label, kLongestShown), " is none of the classifier's ", classes,
        " classes, which are numbered from 0",
        names.empty() ? "" : concat(" and named, such as ", data::excerpt(names.front(), kLongestShown))));
  }
  return number;
}

/// Of each image, its class.
std::vector<std::size_t> classes_of(const data::Dataset& dataset, const std::filesystem::path& labels,
                                    const models::Card& card) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::vector<std::string> names;
  const Json named = card.json.value("labels", Json::array());
  for (const Json& name : named) names.push_back(name.is_string() ? name.get<std::string>() : "");
  std::vector<std::size_t> classes(dataset.images.size(), kNone);
  for (const data::Pair& pair : dataset.pairs) {
    const std::string where = "labels " + labels.string() + ": " + pair.item.where;
    if (classes[pair.image] != kNone) {
      throw InputError(where + ": image " + data::excerpt(dataset.images[pair.image].name, kLongestShown) +
                       " has two labels");
    }
    classes[pair.image] = class_of(pair.item.caption, static_cast<std::size_t>(card.classes), names, where);
  }
  return classes;
}

/// Takes the images that could not be used out of both.
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

Json figures(const metrics::Calibration& found, const models::Archive& archive,
             const std::vector<pipeline::BadImage>& bad, const std::vector<std::string>& warnings) {
  Json json;
  json["schema"] = 1;
  json["temperature"] = *found.temperature;
  json["n"] = found.n;
  json["accuracy"] = found.accuracy;
  json["before"] = confidence_json(found.before);
  json["after"] = confidence_json(found.after);
  json["model"] = {{"name", archive.card.name}, {"sha256", archive.sha256}};
  json["skipped"] = lines_about(bad);
  if (!warnings.empty()) json["warnings"] = warnings;
  return json;
}

void write_copy(const models::Archive& archive, double temperature, const std::filesystem::path& output,
                Console& console) {
  Json card = archive.card.json;
  card["temperature"] = temperature;
  models::copy_with_card(archive, card, output);
  console.info(concat("the archive with T = ", temperature, ": ", output.string()));
}

}  // namespace

ExitCode calibrate(const CalibrateOptions& options, World world) {
  check_writable(options.output, "model archive");
  check_deliverable(std::nullopt, "figures");
  auto labels = data::read_labels(options.labels);
  auto listed = data::list_images(options.images, "images");
  const auto missing = options.subset ? data::Missing::kSkip : data::Missing::kFail;
  const data::Dataset dataset = data::match(std::move(listed.images), std::move(labels), missing);
  std::vector<std::string> warnings = about_left_out(listed.left_out, "images", options.images, "--images");
  for (std::string& sentence : about_unmatched(dataset, "label")) warnings.push_back(std::move(sentence));
  for (const std::string& warning : warnings) world.console.warn(warning);
  Engine engine(options.engine, world);
  const Planned planned = find_classifier(options, engine);
  const models::Archive& archive = *planned.own().archive;
  std::vector<std::size_t> classes = classes_of(dataset, options.labels, archive.card);
  world.console.info(concat(counted(classes.size(), "labelled image"), " of ",
                            counted(archive.card.classes, "class", "classes")));

  const StoreFolder folder(options.store, world.interrupt);
  const GroupTable groups = groups_of({&planned});
  RunStore store(folder.path(), engine.provenance(groups), world.interrupt);
  const auto work = engine.image_work(store, dataset.images, groups, "image");
  engine.check_images(work);
  const auto bad = engine.encode_images(store, work);
  refuse_if_all_are_bad(bad, dataset.images.size(), "image", options.images);
  warn_of_skipped(bad, dataset.images.size(), "image", world.console);
  if (!bad.empty()) warnings.push_back(about_skipped(bad, dataset.images.size(), "image"));
  std::vector<std::string> names = usable_names(dataset.images, {});
  leave_out(bad, names, classes);

  const auto found =
      metrics::calibrate(metrics::group_rows(store.rows(), source_of(planned, nullptr), names), classes);
  if (!found.temperature) throw InputError("labels " + options.labels.string() + ": " + found.reason);
  world.console.info(concat("T = ", *found.temperature, ": NLL ", found.before.nll, " -> ", found.after.nll,
                            ", ECE ", found.before.ece, " -> ", found.after.ece, ", accuracy ",
                            found.accuracy));
  if (options.output) write_copy(archive, *found.temperature, *options.output, world.console);
  deliver(std::nullopt, "figures", json_text(figures(found, archive, bad, warnings), 2) + "\n");
  return ExitCode::kOk;
}

}  // namespace tise::cli
