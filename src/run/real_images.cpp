#include "real_images.h"

#include <algorithm>
#include <set>
#include <utility>

#include "notices.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/row_blocks.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;
using metrics::FeatureStatistics;
using Json = nlohmann::ordered_json;

/// A preparation as a JSON object; an empty one if the text is something else.
Json object_in(const std::string& preparation) {
  try {
    Json json = json_or_discarded<Json>(preparation);
    if (json.is_object()) return json;
  } catch (const NestedTooDeep&) {  // not what any version has written
  }
  return Json::object();
}

/// The first field in which two preparations differ: `threshold 0.5, this run has 0.7`.
std::string difference(const std::string& there, const std::string& here) {
  const Json a = object_in(there);
  const Json b = object_in(here);
  for (const auto& [field, value] : b.items()) {
    const Json other = a.value(field, Json());
    if (other == value) continue;
    if (value.is_object() && other.is_object())
      return field + " " + difference(json_text(other), json_text(value));
    return field + " " + json_text(other) + ", this run has " + json_text(value);
  }
  return "preparation " + there + ", this run has " + here;
}

/// A file's preparation; one that says nothing of precision is from when there was float32 alone.
std::optional<std::string> stated(const std::optional<std::string>& preparation) {
  if (!preparation) return preparation;
  Json json = object_in(*preparation);
  if (json.empty()) return preparation;
  if (!json.contains("precision")) json["precision"] = "fp32";
  return json_text(json);
}

/// Throws if statistics come from another network or preparation, as far as that is known; says whether they
/// are known to come from this one.
bool verified(const FoundStatistics& found, const Planned& planned, const std::string& preparation) {
  const FeatureStatistics& statistics = *found.set;
  const models::Archive& archive = *planned.own().archive;
  const std::string role = "real statistics " + found.path.string() + ": ";
  const std::string remedy =
      "; make them again with tise-eval stats, or leave " + planned.key() + " out of --metrics";
  if (statistics.model_sha256 && *statistics.model_sha256 != archive.sha256) {
    throw InputError(role + "made with another network (" + statistics.model_sha256->substr(0, 12) +
                     ", this is " + archive.sha256.substr(0, 12) + ")" + remedy);
  }
  if (const std::int64_t dimensions = statistics.moments.mean.size(0);
      dimensions != archive.card.feature_dim) {
    throw InputError(role + "of " + counted(dimensions, "dimension") + ", the features of " +
                     archive.card.name + " have " + std::to_string(archive.card.feature_dim) + remedy);
  }
  const std::optional<std::string> there = stated(statistics.preparation);
  if (there && *there != preparation) {
    throw InputError(role + "made with " + difference(*there, preparation) + remedy);
  }
  return statistics.model_sha256.has_value() && there.has_value();
}

/// Whether statistics are of the metric's network, prepared as its rows are.
bool are_of(const FeatureStatistics& statistics, const Planned& planned, const std::string& preparation) {
  return statistics.model_sha256 == planned.own().archive->sha256 &&
         stated(statistics.preparation) == preparation;
}

/// What tells one set of images from another: the hash of their contents' hashes, which the store has.
std::string set_of(const store::RowIndex& places, const std::vector<std::string>& names) {
  std::string listed;
  for (const std::string& name : names) listed += places.at(name).sha256 + '\n';
  return sha256_hex(listed);
}

/// The only set of a foreign file, which doesn't say whether it is of images or of objects; null if the file
/// is ours.
const FeatureStatistics* foreign_set(const metrics::Statistics& statistics) {
  const auto found = statistics.sets.find("");
  return found == statistics.sets.end() || found->second.moments.count > 0 ? nullptr : &found->second;
}

bool has_crops(const metrics::Statistics& statistics) {
  return std::ranges::any_of(statistics.sets,
                             [](const auto& set) { return set.first.starts_with(metrics::kCropSets); });
}

/// Statistics of objects in a file of their own.
metrics::Statistics read_object_statistics(const fs::path& path) {
  metrics::Statistics statistics = metrics::read_statistics(path);
  if (has_crops(statistics) || foreign_set(statistics) != nullptr) return statistics;
  throw InputError("real statistics " + path.string() +
                   ": of images, not of objects; make them with tise-eval stats and a detector");
}

/// Of a file's sets the one of the metric's own network; else the one that is named as the metric's is; null
/// if there is none.
const FeatureStatistics* find_set(const metrics::Statistics& statistics, const Planned& planned,
                                  const std::string& precision) {
  const std::string preparation = preparation_text(planned, precision);
  const auto& sets = statistics.sets;
  auto found =
      std::ranges::find_if(sets, [&](const auto& set) { return are_of(set.second, planned, preparation); });
  if (found == sets.end()) found = sets.find(set_name(planned));
  return found == sets.end() ? nullptr : &found->second;
}

std::size_t count_of(const metrics::Moments& moments) { return static_cast<std::size_t>(moments.count); }

/// Moments of a metric's rows of real images, and where the report says they are from.
void load_rows(const RealSource& source, const std::vector<std::string>& names, const Planned& planned,
               const store::Reader& store, LoadedReal& loaded) {
  const metrics::Source rows = source_of(planned, nullptr);
  const auto places = store.index(rows.group);
  const metrics::Moments moments =
      metrics::moments_of(metrics::group_rows(store, rows, names, places), column_of(planned), names.size(),
                          planned.settings.protocol, planned.settings.device);
  const std::string& field = planned.own().field;
  loaded.input->sets[field] = {source.path.string(), count_of(moments), true, set_of(places, names)};
  loaded.features[field] = {moments, /*verified=*/true};
}

/// The metrics that are held against real images.
std::vector<const Planned*> held_against_real(const Plan& plan) {
  std::vector<const Planned*> held = plan.computed();
  std::erase_if(held, [](const Planned* planned) { return !planned->metric().reads_real; });
  return held;
}

}  // namespace

bool has_objects(const RealSource& source) {
  return (source.statistics && has_crops(*source.statistics)) || source.objects.has_value();
}

std::string set_name(const Planned& planned) {
  return planned.is_of_crops() || !planned.chosen.archive.empty() ? planned.group() : "";
}

std::string preparation_text(const Planned& planned, const std::string& precision) {
  Json made = planned.own().archive->card.json.value("input", Json::object());
  if (planned.is_of_crops()) {
    made = {{"input", std::move(made)},
            {"detector", planned.part(*planned.metric().role->finder)->archive->sha256},
            {"threshold", planned.settings.detector_threshold}};
  }
  made["precision"] = precision;
  return json_text(made);
}

std::vector<std::string> about_left_out(const data::LeftOut& left_out, const std::string& role,
                                        const fs::path& place, const std::string& flag) {
  std::vector<std::string> all = data::sentences(left_out, place, flag);
  for (std::string& sentence : all) sentence.insert(0, role + " " + place.string() + ": ");
  return all;
}

RealSource open_real(const std::optional<fs::path>& real, const std::optional<fs::path>& objects,
                     const std::string& flag) {
  RealSource source;
  source.path = real.value_or("");
  if (real && is_file(*real, "real images") && !data::is_archive_name(real->string())) {
    source.statistics = metrics::read_statistics(*real);
  } else if (real) {
    data::ListedImages listed = data::list_images(*real, "real images");
    if (listed.left_out.any()) source.left_out = data::to_json(listed.left_out);
    source.notices = about_left_out(listed.left_out, "real images", *real, flag);
    source.images = std::move(listed.images);
    source.names_sha256 = data::hash_of_names(source.images);
  }
  if (objects) {
    source.objects = read_object_statistics(*objects);
    source.objects_path = *objects;
  }
  return source;
}

FoundStatistics statistics_for(const RealSource& source, const Planned& planned,
                               const std::string& precision) {
  if (planned.is_of_crops() && source.objects) {
    const FeatureStatistics* foreign = foreign_set(*source.objects);
    return {foreign != nullptr ? foreign : find_set(*source.objects, planned, precision),
            source.objects_path};
  }
  if (!source.statistics) return {};
  return {find_set(*source.statistics, planned, precision), source.path};
}

void verify_statistics(const RealSource& source, const Plan& plan) {
  for (const Planned* planned : held_against_real(plan)) {
    const FoundStatistics found = statistics_for(source, *planned, plan.precision);
    if (found.set != nullptr) verified(found, *planned, preparation_text(*planned, plan.precision));
  }
}

RealRows wanted_rows(const RealSource& source, const Plan& plan) {
  RealRows rows;
  std::vector<const Planned*> wanted = held_against_real(plan);
  if (wanted.empty()) return rows;
  std::erase_if(wanted, [&](const Planned* planned) {
    return statistics_for(source, *planned, plan.precision).set != nullptr;
  });
  rows.groups = groups_of(wanted);
  return rows;
}

RealRows check_real(const RealSource& source, const Plan& plan, Encoder& encoder, const fs::path& folder) {
  RealRows rows = wanted_rows(source, plan);
  if (!rows.any()) return rows;
  rows.filling = std::make_unique<RunStore>(
      folder, provenance_of(rows.groups, plan.precision, encoder.devices().first()), encoder.listener());
  rows.work = lacking_work(*rows.filling, source.images, rows.groups, "real image");
  encoder.check_images(rows.work);
  return rows;
}

void encode_real(RealRows& rows, Encoder& encoder) {
  if (!rows.filling) return;
  rows.bad = encoder.encode_images(*rows.filling, rows.work);
  rows.store = rows.filling->rows();
}

std::vector<std::string> usable_names(const std::vector<data::ImageFile>& images,
                                      const std::vector<pipeline::BadImage>& bad) {
  std::set<std::string> left_out;
  for (const pipeline::BadImage& image : bad) left_out.insert(image.name);
  std::vector<std::string> names;
  for (const data::ImageFile& image : images) {
    if (!left_out.contains(image.name)) names.push_back(image.name);
  }
  return names;
}

std::size_t count_copies(const store::Reader& store, const data::Dataset& dataset, const Plan& plan,
                         const RealSource& source, const RealRows& rows) {
  const auto held = held_against_real(plan);
  if (held.empty()) return 0;
  const auto places = store.index(held.front()->group());
  const auto names = usable_names(dataset.images, {});
  if (!rows.store) {
    const auto is_same = [&](const auto& set) { return set.second.set == set_of(places, names); };
    return source.statistics && std::ranges::any_of(source.statistics->sets, is_same) ? names.size() : 0;
  }
  std::set<std::string> real;
  for (const auto& [name, place] : rows.store->index(rows.groups->front().name)) real.insert(place.sha256);
  return static_cast<std::size_t>(std::ranges::count_if(
      names, [&](const std::string& name) { return real.contains(places.at(name).sha256); }));
}

report::RealInput expected_real(const RealSource& source, const Plan& plan) {
  report::RealInput input;
  input.path = source.path.string();
  input.left_out = source.left_out;
  for (const Planned* planned : held_against_real(plan)) {
    const FoundStatistics found = statistics_for(source, *planned, plan.precision);
    const std::string& field = planned->own().field;
    if (found.set != nullptr) {
      input.sets[field] = {found.path.string(), count_of(found.set->moments),
                           found.set->model_sha256.has_value() && found.set->preparation.has_value(),
                           found.set->set};
    } else if (!planned->is_of_crops()) {
      // Of crops nothing: how many objects there are isn't known before they are looked for.
      input.sets[field] = {source.path.string(),
                           metrics::fid_samples(source.images.size(), planned->settings.protocol), true, ""};
    }
  }
  return input;
}

LoadedReal load_real(const RealSource& source, const Plan& plan, const RealRows& rows) {
  LoadedReal loaded;
  const auto held = held_against_real(plan);
  if (held.empty()) return loaded;
  loaded.input = expected_real(source, plan);
  const auto names = usable_names(source.images, rows.bad);
  loaded.input->skipped = lines_about(rows.bad);
  for (const Planned* planned : held) {
    const FoundStatistics found = statistics_for(source, *planned, plan.precision);
    if (found.set == nullptr) {
      load_rows(source, names, *planned, *rows.store, loaded);
      continue;
    }
    const bool is_verified = verified(found, *planned, preparation_text(*planned, plan.precision));
    loaded.features[planned->own().field] = {found.set->moments, is_verified};
    if (loaded.input->skipped.empty()) loaded.input->skipped = found.set->skipped;
  }
  return loaded;
}

}  // namespace tise::run
