#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine.h"
#include "tise/data/images.h"
#include "tise/metrics/moments.h"
#include "tise/metrics/settings.h"
#include "tise/metrics/statistics_file.h"
#include "tise/report/report.h"

namespace tise::cli {

/// Where real features come from: a folder's images, or statistics.
struct RealSource {
  std::filesystem::path path;  ///< empty where none was given
  std::vector<data::ImageFile> images;
  std::string names_sha256;  ///< of the names of all of them
  nlohmann::ordered_json
      left_out;  ///< what else looks like images there, for the report; null if nothing does
  std::vector<std::string> notices;
  std::optional<metrics::FeatureStatistics> statistics;
  std::filesystem::path objects_path;  ///< of `objects`
  std::optional<metrics::FeatureStatistics> objects;
};

/// Sentences on what is left out of a place, each with the role and the path before it.
std::vector<std::string> about_left_out(const data::LeftOut& left_out, const std::string& role,
                                        const std::filesystem::path& place, const std::string& flag);

/// Checks the paths given as --real (or by another flag) and --real-objects before anything is computed.
/// Throws InputError.
RealSource open_real(const std::optional<std::filesystem::path>& real,
                     const std::optional<std::filesystem::path>& objects, const std::string& flag = "--real");

/// Rows of a folder's images, and which moments are wanted of them.
struct RealRows {
  bool features = false;  ///< of images
  bool objects = false;
  std::optional<store::Store> store;  ///< where either is wanted
  ImageWork work;                     ///< what it lacks
  std::vector<pipeline::BadImage> bad;

  bool any() const { return features || objects; }
};

/// The column groups that they are in.
Groups groups_of(const RealRows& rows, const Engine& engine);

/// Refuses statistics that can't be those of this run's features: of another network or preparation, or with
/// another number of dimensions. Loads no network. Throws InputError.
void verify_statistics(const RealSource& source, const metrics::Needs& needs, Engine& engine);

/// Which rows of real images are wanted.
RealRows wanted_rows(const RealSource& source, const metrics::Needs& needs);

/// The same, with a store for them in this folder: looks over the images that it lacks, before any network is
/// loaded. Throws InputError that lists the bad ones.
RealRows check_reference(const RealSource& source, const metrics::Needs& needs, Engine& engine,
                         const std::filesystem::path& store);

/// Encodes what the store lacks.
void encode_reference(RealRows& rows, Engine& engine);

/// The names of the images that could be used.
std::vector<std::string> usable_names(const RealSource& source, const RealRows& rows);

/// The moments of real images and of objects in them, and what the report says of how they came about.
struct LoadedReference {
  metrics::Reference reference;
  std::optional<report::RealInput> input;
};

/// From statistics, or from the rows of a folder, of which the protocol takes all or whole batches. Throws
/// InputError.
LoadedReference load_reference(const RealSource& source, const metrics::Needs& needs, const RealRows& rows,
                               metrics::Protocol protocol, Engine& engine);

/// How many of the images whose rows are in a store are real ones too, byte for byte, as far as is known: of
/// statistics only whether they are of all these images.
std::size_t count_copies(const store::Store& store, const data::Dataset& dataset, const metrics::Needs& needs,
                         const RealSource& source, const RealRows& rows, Engine& engine);

/// What identifies how images, or crops of objects, became features: preparation and precision.
std::string preparation_text(Engine& engine);
std::string object_preparation_text(Engine& engine);

}  // namespace tise::cli
