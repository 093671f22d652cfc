#include "real_source.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "notices.h"
#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/npy.h"
#include "tise/base/paths.h"
#include "tise/store/provenance.h"
#include "tise/store/reader.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;
using metrics::FeatureStatistics;
using Json = nlohmann::ordered_json;

bool has_crops(const metrics::Statistics& statistics) {
  return std::ranges::any_of(statistics.sets,
                             [](const auto& set) { return set.first.starts_with(metrics::kCropSets); });
}

/// The statistics of --real-objects.
metrics::Statistics read_object_statistics(const fs::path& path) {
  metrics::Statistics statistics = metrics::read_statistics(path);
  if (has_crops(statistics) || foreign_set(statistics) != nullptr) return statistics;
  throw InputError("real statistics " + path.string() +
                   ": contains statistics of images, not of objects; make those with tise-eval stats and a "
                   "detector");
}

void add_images(RealSource& source, const Real& real, const std::string& shown, const std::string& flag) {
  if (!source.images.empty()) {
    throw InputError(concat("real images ", shown, ": --real already names real images (",
                            source.path.string(), "); pass only one folder, archive or store of images"));
  }
  if (!real.archive.empty()) {
    throw InputError(concat("real images ", shown, ": only statistics can be passed for one archive (",
                            real.archive, "=FILE); make them with tise-eval stats"));
  }
  data::ListedImages listed = data::list_images(real.path, "real images", shown);
  source.path = real.path;
  if (listed.left_out.any()) source.left_out = data::to_json(listed.left_out);
  source.notices = about_left_out(listed.left_out, "real images", shown, flag);
  source.images = std::move(listed.images);
  source.names_sha256 = data::hash_of_names(source.images);
}

void add_names(RealSource& source, std::vector<std::string> names) {
  for (std::string& name : names) source.images.push_back({std::move(name), ""});
  source.names_sha256 = data::hash_of_names(source.images);
}

/// The record of the run that filled a store of real images. Throws InputError if it is another kind of
/// store, or incomplete.
Json record_of(const fs::path& path) {
  const auto refuse = [&](const std::string& why) {
    throw InputError(concat("store ", path.string(), ": ", why));
  };
  const Json run = store::read_provenance(path)->run;
  if (run.is_null()) refuse("its run has not finished; rerun it to resume");
  if (run.contains("metrics"))
    refuse(concat("holds generated images; its real images may be in ", (path / kRealStore).string()));
  try {
    const Json& part = run.at("part");
    if (part.at("of") != 1)
      refuse(concat("holds only part ", json_text(part.at("index")), " of ", json_text(part.at("of")),
                    "; make a store of all images with tise-eval stats --store"));
  } catch (const Json::exception&) {
    refuse("store.json is unreadable; rerun tise-eval stats to rebuild it");
  }
  return run;
}

void add_store(RealSource& source, const Real& real) {
  if (!source.images.empty() || !real.archive.empty())
    throw InputError(concat(
        "real images ", real.path.string(),
        ": a store replaces real images for all metrics; pass it without NAME= and without other images"));
  source.skipped = bad_images(record_of(real.path).at("skipped"));
  source.path = real.path;
  source.is_store = true;
  add_names(source, store::Reader({real.path}).images());
}

bool is_store(const fs::path& path) {
  return is_folder(path, "real images") && exists(path / store::kDescription, "real images");
}

/// Adds the contents of a file that isn't an archive of images. Returns whether they are statistics.
bool add_file(RealSource& source, const Real& real, bool takes_images) {
  const std::vector<std::string> arrays = arrays_in(real.path, "real statistics");
  const bool has_statistics = metrics::are_statistics(arrays);
  const bool has_images = std::ranges::find(arrays, data::kImageArray) != arrays.end() &&
                          (!has_statistics || data::holds_images(real.path, "real images"));
  if (has_statistics || !has_images) source.statistics.push_back({real, metrics::read_statistics(real.path)});
  if (has_images && takes_images && real.archive.empty())
    add_images(source, real, real.path.string(), "--real");
  return has_statistics || !has_images;
}

void add_objects(RealSource& source, const std::optional<fs::path>& objects) {
  if (!objects) return;
  source.objects = read_object_statistics(*objects);
  source.objects_path = *objects;
}

bool is_file_of_arrays(const fs::path& path) {
  return is_file(path, "real images") && !data::is_archive_name(path.string());
}

}  // namespace

const FeatureStatistics* foreign_set(const metrics::Statistics& statistics) {
  const auto found = statistics.sets.find("");
  return found == statistics.sets.end() || !found->second.is_foreign ? nullptr : &found->second;
}

bool has_objects(const RealSource& source) {
  return source.objects.has_value() ||
         std::ranges::any_of(source.statistics, [](const auto& one) { return has_crops(one.statistics); });
}

std::vector<std::string> about_left_out(const data::LeftOut& left_out, const std::string& role,
                                        const fs::path& place, const std::string& flag) {
  std::vector<std::string> all = data::sentences(left_out, place, flag);
  for (std::string& sentence : all) sentence.insert(0, role + " " + place.string() + ": ");
  return all;
}

Real parse_real(const std::string& text) {
  const std::size_t equals = text.find('=');
  std::error_code error;
  if (equals == std::string::npos || equals == 0 || kind_of(text, error) != PathKind::kMissing) return {text};
  const std::string archive = text.substr(0, equals);
  if (!is_stem(archive)) return {text};
  if (equals + 1 == text.size()) throw UsageError(concat("--real ", text, ": no file after the ="));
  return {text.substr(equals + 1), archive};
}

RealSource list_real(const fs::path& place, const std::string& shown, const std::string& flag) {
  RealSource source;
  source.given = {{{place}}};
  add_images(source, source.given.front().real, shown, flag);
  return source;
}

RealSource open_real(const std::vector<Real>& real, const std::optional<fs::path>& objects) {
  RealSource source;
  for (const Real& one : real) {
    GivenReal& given = source.given.emplace_back(GivenReal{one});
    if (is_store(one.path)) {
      given.kind = GivenReal::Kind::kStore;
      add_store(source, one);
    } else if (is_file_of_arrays(one.path)) {
      if (add_file(source, one, /*takes_images=*/true)) given.kind = GivenReal::Kind::kStatistics;
    } else {
      add_images(source, one, one.path.string(), "--real");
    }
  }
  if (source.path.empty() && !real.empty()) source.path = real.front().path;
  add_objects(source, objects);
  return source;
}

RealSource reopen_real(const std::vector<GivenReal>& given, const std::optional<fs::path>& objects,
                       std::vector<std::string> names) {
  RealSource source;
  source.given = given;
  for (const auto& [real, kind] : given) {
    const PathKind there = kind_of(real.path, "real images");
    const bool is_missing = there == PathKind::kMissing;
    if (is_missing && kind == GivenReal::Kind::kStore)
      throw InputError(concat("store ", real.path.string(), ": is missing; pass --real DIR if it was moved"));
    if (is_missing && kind == GivenReal::Kind::kStatistics)
      throw InputError(
          concat("real statistics ", real.path.string(),
                 ": no such file; pass --real FILE if it was moved, or remake it with tise-eval stats"));
    if (kind == GivenReal::Kind::kStore) add_store(source, real);
    if (kind == GivenReal::Kind::kStatistics) add_file(source, real, /*takes_images=*/false);
  }
  if (!source.is_store) add_names(source, std::move(names));
  add_objects(source, objects);
  return source;
}

}  // namespace tise::run
