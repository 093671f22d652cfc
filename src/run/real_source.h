#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/images.h"
#include "tise/data/left_out.h"
#include "tise/metrics/statistics_file.h"
#include "tise/pipeline/encode_images.h"
#include "tise/run/run.h"

namespace tise::run {

/// What --real named, and what it turned out to be.
struct GivenReal {
  Real real;
  enum class Kind { kImages, kStatistics, kStore } kind = Kind::kImages;
};

/// A file of statistics of real images.
struct GivenStatistics {
  Real given;
  metrics::Statistics statistics;
};

/// Where real features come from: images or the rows of a store, one place at most, and statistics, which a
/// metric takes in place of those where it needs no more.
struct RealSource {
  std::vector<GivenReal> given;  ///< all of it, as it was asked for
  std::filesystem::path path;  ///< of images or a store; else of the first that was given; empty if none was
  std::vector<data::ImageFile> images;
  bool is_store = false;  ///< of `images`, names alone: their rows are in the store at `path`
  std::vector<pipeline::BadImage> skipped;  ///< that the store's run left out
  std::string names_sha256;                 ///< of the names of all of them
  nlohmann::ordered_json
      left_out;  ///< what else looks like images there, for the report; null if nothing does
  std::vector<std::string> notices;
  std::vector<GivenStatistics> statistics;
  std::filesystem::path objects_path;          ///< of `objects`
  std::optional<metrics::Statistics> objects;  ///< of crops, from a file of their own

  bool is_given() const { return !given.empty(); }
};

/// Sentences on what is left out of a place, each with the role and the path before it.
std::vector<std::string> about_left_out(const data::LeftOut& left_out, const std::string& role,
                                        const std::filesystem::path& place, const std::string& flag);

/// Reads what --real and --real-objects name. Throws InputError.
RealSource open_real(const std::vector<Real>& real, const std::optional<std::filesystem::path>& objects);

/// Reads again what a run had, but for its images, whose rows are known under these names. Throws InputError.
RealSource reopen_real(const std::vector<GivenReal>& given,
                       const std::optional<std::filesystem::path>& objects, std::vector<std::string> names);

/// Lists real images alone. Throws InputError.
RealSource list_real(const std::filesystem::path& place, const std::string& shown, const std::string& flag);

/// Whether some statistics that were given are of objects.
bool has_objects(const RealSource& source);

/// The only set of a foreign file, which doesn't say whether it is of images or of objects; null if the file
/// is ours.
const metrics::FeatureStatistics* foreign_set(const metrics::Statistics& statistics);

}  // namespace tise::run
