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

/// A value of --real, and what kind of input it turned out to be.
struct GivenReal {
  Real real;
  enum class Kind { kImages, kStatistics, kStore } kind = Kind::kImages;
};

/// A file of statistics of real images.
struct GivenStatistics {
  Real given;
  metrics::Statistics statistics;
};

/// Where real features come from: at most one folder or archive of images or store of their rows, and
/// statistics, which a metric uses instead if they are enough for it.
struct RealSource {
  std::vector<GivenReal> given;  ///< all values of --real
  std::filesystem::path path;  ///< of the images or store; else of the first value; empty without real images
  std::vector<data::ImageFile> images;
  bool is_store = false;  ///< `images` are only names; their rows are in the store at `path`
  std::vector<pipeline::BadImage> skipped;  ///< images that the store's run left out
  std::string names_sha256;                 ///< of the names of all images
  nlohmann::ordered_json left_out;  ///< files there that look like images but aren't used; null if none
  std::vector<std::string> notices;
  std::vector<GivenStatistics> statistics;
  std::filesystem::path objects_path;          ///< of `objects`
  std::optional<metrics::Statistics> objects;  ///< of crops, from --real-objects

  bool is_given() const { return !given.empty(); }
};

/// Sentences on the files that are left out of a place, each starting with the role and the path.
std::vector<std::string> about_left_out(const data::LeftOut& left_out, const std::string& role,
                                        const std::filesystem::path& place, const std::string& flag);

/// Reads the inputs of --real and --real-objects. Throws InputError.
RealSource open_real(const std::vector<Real>& real, const std::optional<std::filesystem::path>& objects);

/// Reads the real inputs of an earlier run again, except its images: `names` lists those whose rows are
/// stored. Throws InputError.
RealSource reopen_real(const std::vector<GivenReal>& given,
                       const std::optional<std::filesystem::path>& objects, std::vector<std::string> names);

/// Lists a folder or archive of real images. Throws InputError.
RealSource list_real(const std::filesystem::path& place, const std::string& shown, const std::string& flag);

/// Whether any of the given statistics are of objects.
bool has_objects(const RealSource& source);

/// The only set of a file that another tool wrote, which doesn't state whether it is of images or of objects;
/// null if this program wrote the file.
const metrics::FeatureStatistics* foreign_set(const metrics::Statistics& statistics);

}  // namespace tise::run
