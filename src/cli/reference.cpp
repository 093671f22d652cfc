#include "reference.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/selection.h"

namespace tise::cli {
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
/// are known to come from this one. `metric` is what needs them.
bool verified(const fs::path& path, const FeatureStatistics& statistics, const models::Archive& archive,
              const std::string& preparation, const std::string& metric) {
  const std::string role = "real statistics " + path.string() + ": ";
  const std::string remedy =
      "; make them again with tise-eval stats, or leave " + metric + " out of --metrics";
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

bool verified_images(const RealSource& source, Engine& engine) {
  return verified(source.path, *source.statistics, *engine.fid_archive(), preparation_text(engine), "FID");
}

bool verified_objects(const RealSource& source, Engine& engine) {
  return verified(source.objects_path, *source.objects, *engine.crop_archive(),
                  object_preparation_text(engine), "O-FID");
}

/// What tells one set of images from another: the hash of their contents' hashes, which the store has.
std::string set_of(const std::unordered_map<std::string, store::RowPlace>& places,
                   const std::vector<std::string>& names) {
  std::string listed;
  for (const std::string& name : names) listed += places.at(name).sha256 + '\n';
  return sha256_hex(listed);
}

/// Statistics of objects in a file of their own: our own file's objects, or a foreign file's moments.
FeatureStatistics read_object_statistics(const fs::path& path) {
  metrics::Statistics statistics = metrics::read_statistics(path);
  if (statistics.objects) return std::move(*statistics.objects);
  if (statistics.images.moments.count == 0) return std::move(statistics.images);
  throw InputError("real statistics " + path.string() +
                   ": of images, not of objects; make them with tise-eval stats and a detector");
}

std::size_t count_of(const metrics::Moments& moments) { return static_cast<std::size_t>(moments.count); }

std::vector<std::size_t> first_indices(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

/// The group that tells images apart: that of features, or of crops.
std::string group_of(bool features, const Groups& groups) {
  if (!features) return pipeline::kCrops;
  return groups.inception_fid ? "inception_fid" : "inception";
}

void load_rows(const RealSource& source, const RealRows& rows, metrics::Protocol protocol, Engine& engine,
               LoadedReference& loaded) {
  const store::Store& store = *rows.store;
  for (const pipeline::BadImage& image : rows.bad) {
    loaded.input->skipped.push_back(image.name + ": " + image.why);
  }
  const auto names = usable_names(source, rows);
  loaded.input->count = metrics::fid_samples(names.size(), protocol);
  const std::string group = group_of(rows.features, groups_of(rows, engine));
  const auto places = store.index(group);
  loaded.input->set = set_of(places, names);
  if (rows.features) {
    const auto features = metrics::stream(store, group, names, places);
    const auto taken = first_indices(loaded.input->count);
    const auto blocks = metrics::image_blocks(features, taken, &metrics::ImageRows::features);
    loaded.reference.images = {metrics::moments_of(blocks, engine.device()), /*verified=*/true};
  }
  if (rows.objects) {
    const auto crops = metrics::objects(store, pipeline::kCrops, names, engine.detector_threshold(), {});
    const auto all = first_indices(names.size());
    const auto first = metrics::first_places(crops.counts, all);
    const std::size_t taken = metrics::fid_samples(first.back(), protocol);
    const auto blocks =
        metrics::object_blocks(crops.stream, all, first, &metrics::ObjectRows::features, taken);
    loaded.reference.objects = {metrics::moments_of(blocks, engine.device()), /*verified=*/true};
  }
}

nlohmann::ordered_json input_of(const models::Archive& archive) {
  return archive.card.json.value("input", nlohmann::ordered_json::object());
}

}  // namespace

std::string preparation_text(Engine& engine) {
  nlohmann::ordered_json made = input_of(*engine.fid_archive());
  made["precision"] = engine.precision_name();
  return json_text(made);
}

std::string object_preparation_text(Engine& engine) {
  const nlohmann::ordered_json made{{"input", input_of(*engine.crop_archive())},
                                    {"detector", engine.archive("maskrcnn")->sha256},
                                    {"threshold", engine.detector_threshold()},
                                    {"precision", engine.precision_name()}};
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
    metrics::Statistics statistics = metrics::read_statistics(*real);
    source.statistics = std::move(statistics.images);
    source.objects = std::move(statistics.objects);
    source.objects_path = *real;
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

Groups groups_of(const RealRows& rows, const Engine& engine) {
  return engine.groups_for({.fid = rows.features, .crops = rows.objects});
}

void verify_statistics(const RealSource& source, const metrics::Needs& needs, Engine& engine) {
  if (needs.real && source.statistics) verified_images(source, engine);
  if (needs.real_objects && source.objects) verified_objects(source, engine);
}

RealRows wanted_rows(const RealSource& source, const metrics::Needs& needs) {
  RealRows rows;
  rows.features = needs.real && !source.statistics;
  rows.objects = needs.real_objects && !source.objects;
  return rows;
}

RealRows check_reference(const RealSource& source, const metrics::Needs& needs, Engine& engine,
                         const fs::path& folder) {
  RealRows rows = wanted_rows(source, needs);
  if (!rows.any()) return rows;
  const Groups groups = groups_of(rows, engine);
  rows.store = store::Store::open(folder, engine.provenance(groups));
  rows.work = engine.image_work(*rows.store, source.images, groups, "real image");
  engine.check_images(rows.work);
  return rows;
}

void encode_reference(RealRows& rows, Engine& engine) {
  if (rows.store) rows.bad = engine.encode_images(*rows.store, rows.work);
}

std::vector<std::string> usable_names(const RealSource& source, const RealRows& rows) {
  std::set<std::string> left_out;
  for (const pipeline::BadImage& image : rows.bad) left_out.insert(image.name);
  std::vector<std::string> names;
  for (const data::ImageFile& image : source.images) {
    if (!left_out.contains(image.name)) names.push_back(image.name);
  }
  return names;
}

std::size_t count_copies(const store::Store& store, const data::Dataset& dataset, const metrics::Needs& needs,
                         const RealSource& source, const RealRows& rows, Engine& engine) {
  if (!needs.real && !needs.real_objects) return 0;
  const auto places = store.index(group_of(needs.real, engine.groups_for(needs)));
  std::vector<std::string> names;
  for (const data::ImageFile& image : dataset.images) names.push_back(image.name);
  if (!rows.store) {
    const bool is_same = source.statistics && source.statistics->set == set_of(places, names);
    return is_same ? names.size() : 0;
  }
  std::set<std::string> real;
  for (const auto& [name, place] : rows.store->index(group_of(rows.features, groups_of(rows, engine)))) {
    real.insert(place.sha256);
  }
  return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return real.contains(places.at(name).sha256);
  }));
}

LoadedReference load_reference(const RealSource& source, const metrics::Needs& needs, const RealRows& rows,
                               metrics::Protocol protocol, Engine& engine) {
  LoadedReference loaded;
  if (!needs.real && !needs.real_objects) return loaded;
  loaded.input.emplace();
  loaded.input->path = source.path.string();
  loaded.input->left_out = source.left_out;
  if (source.statistics) {
    loaded.input->set = source.statistics->set;
    loaded.input->skipped = source.statistics->skipped;
  }
  if (rows.store) load_rows(source, rows, protocol, engine, loaded);
  if (needs.real && source.statistics) {
    loaded.reference.images = {source.statistics->moments, verified_images(source, engine)};
    loaded.input->count = count_of(source.statistics->moments);
    loaded.input->verified = loaded.reference.images->verified;
  }
  if (needs.real_objects && source.objects) {
    loaded.reference.objects = {source.objects->moments, verified_objects(source, engine)};
  }
  if (const auto& objects = loaded.reference.objects) {
    const fs::path& path = source.objects ? source.objects_path : source.path;
    loaded.input->objects = {path.string(), count_of(objects->moments), objects->verified,
                             source.objects ? source.objects->set : loaded.input->set};
  }
  return loaded;
}

}  // namespace tise::cli
