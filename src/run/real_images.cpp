#include "real_images.h"

#include <algorithm>
#include <set>
#include <utility>

#include "notices.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/row_blocks.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;
using metrics::FeatureStatistics;
using Json = nlohmann::ordered_json;

/// A preparation as a JSON object; empty if the text isn't one.
Json object_in(const std::string& preparation) {
  try {
    Json json = json_or_discarded<Json>(preparation);
    if (json.is_object()) return json;
  } catch (const NestedTooDeep&) {  // no version has written that
  }
  return Json::object();
}

/// The first field in which two preparations differ: `threshold 0.5, but this run uses 0.7`.
std::string difference(const std::string& there, const std::string& here) {
  const Json a = object_in(there);
  const Json b = object_in(here);
  Json all = b;
  all.update(a);
  for (const auto& [field, unused] : all.items()) {
    const Json one = a.value(field, Json());
    const Json other = b.value(field, Json());
    if (one == other) continue;
    if (one.is_object() && other.is_object())
      return field + " " + difference(json_text(one), json_text(other));
    const auto named = [](const Json& value) { return value.is_null() ? "none" : json_text(value); };
    return concat(field, " ", named(one), ", but this run uses ", named(other));
  }
  return "preparation " + there + ", but this run uses " + here;
}

/// A file's preparation. One without a precision is from when float32 was the only one.
std::optional<std::string> stated(const std::optional<std::string>& preparation) {
  if (!preparation) return preparation;
  Json json = object_in(*preparation);
  if (json.empty()) return preparation;
  if (!json.contains("precision")) json["precision"] = "fp32";
  return json_text(json);
}

bool needs_rows(const Planned& planned) { return planned.metric().real == metrics::OfReal::kRows; }

/// The archive of another metric that made statistics, by its hash, or may have made another tool's, by its
/// dimensions; empty if there is none.
std::string maker_of(const FeatureStatistics& statistics, std::int64_t dimensions, const Plan& plan) {
  for (const Planned* other : plan.computed()) {
    if (!other->metric().reads_real() || other->is_of_crops()) continue;
    const models::Archive& archive = *other->own().archive;
    const bool fits = statistics.model_sha256 ? *statistics.model_sha256 == archive.sha256
                                              : archive.card.feature_dim == dimensions;
    if (fits) return other->own().stem;
  }
  return "";
}

/// Throws if statistics are known to come from another network or preparation. Returns whether they are known
/// to come from this one.
bool verified(const FoundStatistics& found, const Planned& planned, const Plan& plan) {
  const FeatureStatistics& statistics = *found.set;
  const models::Archive& archive = *planned.own().archive;
  const std::string preparation = preparation_text(planned, plan);
  const std::string role = "real statistics " + found.path.string() + ": ";
  const std::string leave_out =
      "; remake them with tise-eval stats, or leave " + planned.key() + " out of --metrics";
  const std::int64_t dimensions =
      needs_rows(planned) ? statistics.rows.width : statistics.moments.mean.size(0);
  const std::string maker = planned.is_of_crops() ? "" : maker_of(statistics, dimensions, plan);
  const std::string whose =
      statistics.model_sha256 ? "for the metrics of " + maker + ".pt alone" : "if " + maker + ".pt made it,";
  const std::string remedy =
      maker.empty() ? leave_out : concat("; ", whose, " pass --real ", maker, "=", found.path.string());
  if (statistics.model_sha256 && *statistics.model_sha256 != archive.sha256) {
    throw InputError(concat(role, "made with another network (", statistics.model_sha256->substr(0, 12),
                            maker.empty() ? "" : ", " + maker + ".pt", "; this run uses ",
                            archive.sha256.substr(0, 12), " for ", planned.key(), ")", remedy));
  }
  if (dimensions != archive.card.feature_dim) {
    throw InputError(concat(role, "its features have ", counted(dimensions, "dimension"), ", but those of ",
                            archive.card.name, " have ", archive.card.feature_dim, remedy));
  }
  const std::optional<std::string> there = stated(statistics.preparation);
  if (there && *there != preparation) {
    throw InputError(role + "made with " + difference(*there, preparation) + leave_out);
  }
  return statistics.model_sha256.has_value() && there.has_value();
}

/// Whether statistics are of the metric's network, prepared as its rows are.
bool are_of(const FeatureStatistics& statistics, const Planned& planned, const std::string& preparation) {
  return statistics.model_sha256 == planned.own().archive->sha256 &&
         stated(statistics.preparation) == preparation;
}

/// Identifies a set of images: the hash of the hashes of their contents, which the store has.
std::string set_of(const store::RowIndex& places, const std::vector<std::string>& names) {
  std::string listed;
  for (const std::string& name : names) listed += places.at(name).sha256 + '\n';
  return sha256_hex(listed);
}

/// The set in a file for the metric's own network; otherwise the one with the name of the metric's set; null
/// if there is neither.
const FeatureStatistics* find_set(const metrics::Statistics& statistics, const Planned& planned,
                                  const Plan& plan) {
  const std::string preparation = preparation_text(planned, plan);
  const auto& sets = statistics.sets;
  auto found =
      std::ranges::find_if(sets, [&](const auto& set) { return are_of(set.second, planned, preparation); });
  if (found == sets.end()) found = sets.find(set_name(planned));
  return found == sets.end() ? nullptr : &found->second;
}

/// The number of images or objects; 0 if unknown.
std::size_t count_in(const metrics::RealFeatures& features) {
  return features.rows.count > 0 ? features.rows.count : static_cast<std::size_t>(features.moments.count);
}

/// The part of statistics that a metric reads.
metrics::RealFeatures features_in(const FeatureStatistics& statistics, const Planned& planned,
                                  bool is_verified) {
  if (needs_rows(planned)) return {.moments = {}, .verified = is_verified, .rows = statistics.rows};
  return {.moments = statistics.moments, .verified = is_verified};
}

/// Loads what a metric reads from its rows of real images, and records their source for the report.
void load_rows(const RealSource& source, const std::vector<std::string>& names, const Planned& planned,
               const store::Reader& store, LoadedReal& loaded) {
  const metrics::Source wanted = source_of(planned, nullptr);
  const auto places = store.index(wanted.group);
  const metrics::GroupRows rows = metrics::group_rows(store, wanted, names, places);
  const std::string field = planned.real_field();
  metrics::RealFeatures& features = loaded.features[field];
  features.verified = true;
  if (needs_rows(planned)) {
    features.rows =
        metrics::placed_rows(rows, column_of(planned), names.size(), planned.own().archive->card.feature_dim);
  } else {
    features.moments = metrics::moments_of(rows, column_of(planned), names.size(), planned.settings.protocol,
                                           planned.settings.device);
  }
  loaded.input->sets[field] = {source.path.string(), count_in(features), true, set_of(places, names)};
}

/// The computed metrics that need real images.
std::vector<const Planned*> held_against_real(const Plan& plan) {
  std::vector<const Planned*> held = plan.computed();
  std::erase_if(held, [](const Planned* planned) { return !planned->metric().reads_real(); });
  return held;
}

}  // namespace

std::string set_name(const Planned& planned) {
  return planned.is_of_crops() || !planned.chosen.archive.empty() ? planned.group() : "";
}

std::string preparation_text(const Planned& planned, const Plan& plan) {
  Json made = planned.own().archive->card.json.value("input", Json::object());
  if (planned.is_of_crops()) {
    made = {{"input", std::move(made)},
            {"detector", planned.part(*planned.metric().role->finder)->archive->sha256},
            {"threshold", planned.settings.detector_threshold}};
  }
  made["precision"] = plan.precision;
  add_opening(made, plan.opening);
  return json_text(made);
}

namespace {

/// The statistics for a metric in a file; null if there are none.
const FeatureStatistics* find_in_file(const GivenStatistics& file, const Planned& planned, const Plan& plan) {
  if (!file.given.archive.empty() && file.given.archive != planned.own().stem) return nullptr;
  const FeatureStatistics* found = find_set(file.statistics, planned, plan);
  if (found != nullptr || file.given.archive.empty() || planned.is_of_crops()) return found;
  return foreign_set(file.statistics);
}

}  // namespace

FoundStatistics statistics_for(const RealSource& source, const Planned& planned, const Plan& plan) {
  if (planned.is_of_crops() && source.objects) {
    const FeatureStatistics* foreign = foreign_set(*source.objects);
    return {foreign != nullptr ? foreign : find_set(*source.objects, planned, plan), source.objects_path};
  }
  FoundStatistics found;
  bool is_named = false;
  for (const GivenStatistics& file : source.statistics) {
    const FeatureStatistics* set = find_in_file(file, planned, plan);
    const bool names_it = !file.given.archive.empty();
    if (set == nullptr || (is_named && !names_it)) continue;
    // Images take precedence over rows in a file, whose origin is unknown.
    const bool has_images = !source.names_sha256.empty();
    if (needs_rows(planned) && (set->rows.count == 0 || (has_images && !names_it))) continue;
    if (found.set != nullptr && is_named == names_it) {
      throw InputError(concat("real statistics ", file.given.path.string(), ": ", planned.key(),
                              " could use these or ", found.path.string(), "; pass only one, or choose with ",
                              "--real ", planned.own().stem, "=FILE"));
    }
    found = {set, file.given.path};
    is_named = names_it;
  }
  return found;
}

namespace {

/// Throws UsageError if statistics were given for an archive and no metric uses them.
void refuse_if_unused(const GivenStatistics& file, const RealSource& source, const Plan& plan) {
  const std::string& archive = file.given.archive;
  const auto uses = [&](const Planned& planned) {
    if (!planned.is_computed()) return planned.chosen.archive == archive;  // its reason is in the report
    return planned.metric().reads_real() && statistics_for(source, planned, plan).path == file.given.path;
  };
  if (archive.empty() || std::ranges::any_of(plan.metrics, uses)) return;
  throw UsageError(concat("--real ", archive, "=", file.given.path.string(),
                          ": no metric of this run uses it; ", "--metrics FID@", archive, " would"));
}

}  // namespace

std::vector<std::string> verify_statistics(const RealSource& source, const Plan& plan) {
  for (const GivenStatistics& file : source.statistics) refuse_if_unused(file, source, plan);
  std::map<fs::path, std::vector<std::string>> unverified;
  for (const Planned* planned : held_against_real(plan)) {
    const FoundStatistics found = statistics_for(source, *planned, plan);
    if (found.set != nullptr && !verified(found, *planned, plan))
      unverified[found.path].push_back(planned->key());
  }
  std::vector<std::string> warnings;
  for (const auto& [path, keys] : unverified) {
    warnings.push_back(concat("real statistics ", path.string(),
                              ": do not state their network and preparation; ", joined(keys),
                              keys.size() == 1 ? " is" : " are", " wrong if these are not this run's"));
  }
  return warnings;
}

RealRows wanted_rows(const RealSource& source, const Plan& plan) {
  RealRows rows;
  std::vector<const Planned*> wanted = held_against_real(plan);
  if (wanted.empty()) return rows;
  std::erase_if(
      wanted, [&](const Planned* planned) { return statistics_for(source, *planned, plan).set != nullptr; });
  rows.groups = groups_of(wanted);
  return rows;
}

namespace {

/// Whether a store has a group's row for each image, with crops down to the threshold.
bool has_all(const store::Reader& store, const Group& group, const std::vector<data::ImageFile>& images) {
  const store::RowIndex rows = store.index(group.name);
  return std::ranges::all_of(images, [&](const data::ImageFile& image) {
    const auto row = rows.find(image.name);
    return row != rows.end() && (group.parent.empty() || row->second.threshold <= group.threshold);
  });
}

/// Throws InputError if a given store is missing rows or has rows that were made differently.
void check_store(const RealSource& source, const RealRows& rows, const store::Provenance& here) {
  const auto there = store::read_provenance(source.path);
  store::check_compatible(source.path, *there, here, "--real");
  const store::Reader store({source.path});
  for (const Group& group : *rows.groups) {
    if (has_all(store, group, source.images)) continue;
    throw InputError(concat("store ", source.path.string(), ": ", group.name,
                            " rows of its images are missing; ",
                            "add them with tise-eval stats --store and the same images"));
  }
}

}  // namespace

void take_store(RealRows& rows, const RealSource& source, const Plan& plan, c10::Device device) {
  rows.held = store::hold_shared(source.path);
  check_store(source, rows, provenance_of(rows.groups, plan, device));
  rows.store.emplace(std::vector{source.path});
  rows.bad = source.skipped;
}

RealRows check_real(const RealSource& source, const Plan& plan, Encoder& encoder, const fs::path& folder) {
  RealRows rows = wanted_rows(source, plan);
  if (!rows.any()) return rows;
  if (source.is_store) {
    take_store(rows, source, plan, encoder.devices().first());
    return rows;
  }
  rows.filling = std::make_unique<RunStore>(
      folder, provenance_of(rows.groups, plan, encoder.devices().first()), encoder.listener());
  rows.work = lacking_work(*rows.filling, source.images, rows.groups, plan.opening, "real image");
  encoder.check_images(rows.work);
  return rows;
}

void encode_real(RealRows& rows, Encoder& encoder) {
  if (!rows.filling) return;
  rows.bad = encoder.encode_images(*rows.filling, rows.work);
  rows.store = rows.filling->rows();
}

void finish_real(RealRows& rows, const std::vector<data::ImageFile>& images, data::Part part) {
  if (!rows.filling || rows.filling->is_read_only()) return;
  const auto names = usable_names(images, rows.bad);
  rows.filling->writer().finish(names, {{"part", {{"index", part.index}, {"of", part.of}}},
                                        {"evaluated", {{"images", names.size()}}},
                                        {"skipped", to_json(rows.bad)}});
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
  const auto is_same = [&](const auto& set) { return set.second.set == set_of(places, names); };
  if (std::ranges::any_of(source.statistics, [&](const auto& file) {
        return std::ranges::any_of(file.statistics.sets, is_same);
      }))
    return names.size();
  if (!rows.store) return 0;
  std::set<std::string> real;
  for (const auto& [name, place] : rows.store->index(rows.groups->front().name)) real.insert(place.sha256);
  return static_cast<std::size_t>(std::ranges::count_if(
      names, [&](const std::string& name) { return real.contains(places.at(name).sha256); }));
}

report::RealInput expected_real(const RealSource& source, const Plan& plan) {
  report::RealInput input;
  input.path = source.path.string();
  for (const auto& [real, kind] : source.given) {
    if (real.path != source.path || !real.archive.empty())
      input.others.push_back(concat(real.archive, real.archive.empty() ? "" : "=", real.path.string()));
  }
  input.left_out = source.left_out;
  for (const Planned* planned : held_against_real(plan)) {
    const FoundStatistics found = statistics_for(source, *planned, plan);
    const std::string field = planned->real_field();
    if (found.set != nullptr) {
      input.sets[field] = {found.path.string(), count_in(features_in(*found.set, *planned, false)),
                           found.set->model_sha256.has_value() && found.set->preparation.has_value(),
                           found.set->set};
    } else if (!planned->is_of_crops()) {
      // Nothing for crops: the number of objects isn't known before detection.
      const std::size_t count = source.images.size();
      input.sets[field] = {
          source.path.string(),
          needs_rows(*planned) ? count : metrics::fid_samples(count, planned->settings.protocol), true, ""};
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
    if (loaded.features.contains(planned->real_field())) continue;
    const FoundStatistics found = statistics_for(source, *planned, plan);
    if (found.set == nullptr) {
      load_rows(source, names, *planned, *rows.store, loaded);
      continue;
    }
    const bool is_verified = verified(found, *planned, plan);
    loaded.features[planned->real_field()] = features_in(*found.set, *planned, is_verified);
    if (loaded.input->skipped.empty()) loaded.input->skipped = found.set->skipped;
  }
  return loaded;
}

}  // namespace tise::run
