#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine.h"
#include "tise/metrics/moments.h"
#include "tise/metrics/statistics_file.h"
#include "tise/report/report.h"

namespace tise::cli {

/// Real features and how they came about.
struct LoadedReference {
  metrics::Reference reference;
  report::RealInput input;
};

/// What identifies the network and the preparation that statistics were made with.
std::string preparation_text(const models::Card& card);

/// Checks a path given as --real before anything is computed: a folder's images, or a statistics file.
struct RealSource {
  std::filesystem::path path;
  std::vector<data::ImageFile> images;            ///< of a folder
  std::optional<metrics::Statistics> statistics;  ///< of a file
};
RealSource open_real(const std::filesystem::path& path);

/// Looks over the images of a folder, before any network is loaded. Returns what is to be encoded of them.
/// Throws InputError that lists the bad ones.
ImageWork check_reference(const RealSource& source, Engine& engine, const std::filesystem::path& store);

/// The moments of real images: from the file, or by encoding the folder into a store of its own. Throws
/// InputError where a file's statistics come from another network or preparation.
LoadedReference load_reference(const RealSource& source, const ImageWork& work, Engine& engine,
                               const std::filesystem::path& store);

}  // namespace tise::cli
