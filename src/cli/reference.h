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
  std::optional<metrics::FeatureStatistics> statistics;
  std::filesystem::path objects_path;  ///< of `objects`
  std::optional<metrics::FeatureStatistics> objects;
};

/// Checks the paths given as --real and --real-objects before anything is computed. Throws InputError.
RealSource open_real(const std::optional<std::filesystem::path>& real,
                     const std::optional<std::filesystem::path>& objects);

/// What is to be encoded of a folder's images, and which of the moments are wanted.
struct RealWork {
  bool features = false;  ///< of images
  bool objects = false;
  ImageWork images;
};

/// Refuses statistics that other networks or preparations made, looks over the images of a folder, before any
/// network is loaded. Throws InputError that lists the bad ones.
RealWork check_reference(const RealSource& source, const metrics::Needs& needs, Engine& engine,
                         const std::filesystem::path& store);

/// The moments of real images and of objects in them, and what the report says of how they came about.
struct LoadedReference {
  metrics::Reference reference;
  std::optional<report::RealInput> input;
};

/// From statistics, or by encoding the folder into a store of its own, of which the protocol takes all or
/// whole batches. Throws InputError.
LoadedReference load_reference(const RealSource& source, const metrics::Needs& needs, const RealWork& work,
                               metrics::Protocol protocol, Engine& engine,
                               const std::filesystem::path& store);

/// What identifies how images, or crops of objects, became features: preparation and precision.
std::string preparation_text(Engine& engine);
std::string object_preparation_text(Engine& engine);

}  // namespace tise::cli
