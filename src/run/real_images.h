#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "encoder.h"
#include "lacking.h"
#include "real_source.h"
#include "run_store.h"
#include "tise/data/images.h"
#include "tise/data/left_out.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/statistics_file.h"
#include "tise/report/report.h"
#include "tise/run/plan.h"

namespace tise::run {

/// Statistics for a metric, and the file that they come from. `set` is null if there are none.
struct FoundStatistics {
  const metrics::FeatureStatistics* set = nullptr;
  std::filesystem::path path;
};

/// Among the given statistics, those of the metric's own network; otherwise the set with the name of the
/// metric's set (`verify_statistics` then reports how they differ).
FoundStatistics statistics_for(const RealSource& source, const Planned& planned, const Plan& plan);

/// The name of a metric's set in a statistics file: empty for the network that FID uses by default, otherwise
/// the name of its column group.
std::string set_name(const Planned& planned);
/// Identifies how a metric's rows were made: preparation and precision; for crops also detector and
/// threshold.
std::string preparation_text(const Planned& planned, const Plan& plan);

/// The rows of real images.
struct RealRows {
  GroupTable groups;                   ///< the groups that metrics need; null if none are
  std::unique_ptr<RunStore> filling;   ///< the store while it is being filled
  ImageWork work;                      ///< what is missing from it
  std::optional<store::Reader> store;  ///< the store once it is complete
  std::shared_ptr<const void> held;    ///< a lock that keeps others from writing into a given store
  std::vector<pipeline::BadImage> bad;

  bool any() const { return groups != nullptr && !groups->empty(); }
};

/// Rejects statistics that don't fit this run's features: of another network or preparation, or with another
/// number of dimensions. Loads no network. Returns warnings about those of unknown origin. Throws InputError.
std::vector<std::string> verify_statistics(const RealSource& source, const Plan& plan);

/// The groups of real images' rows that metrics need.
RealRows wanted_rows(const RealSource& source, const Plan& plan);

/// The same, with a store for them in this folder unless a store was given. Checks the images that are
/// missing from it before any network is loaded. Throws InputError that lists the bad ones.
RealRows check_real(const RealSource& source, const Plan& plan, Encoder& encoder,
                    const std::filesystem::path& store);

/// Takes the rows and the list of skipped images from the store that was given. Throws InputError if rows are
/// missing, if they were made differently from the run's, or if another process writes into the store.
void take_store(RealRows& rows, const RealSource& source, const Plan& plan, c10::Device device);

/// Encodes what is missing from the store.
void encode_real(RealRows& rows, Encoder& encoder);

/// Records in their store, if it is writable, that all rows of a part are complete.
void finish_real(RealRows& rows, const std::vector<data::ImageFile>& images, data::Part part);

/// The names of the images that aren't bad.
std::vector<std::string> usable_names(const std::vector<data::ImageFile>& images,
                                      const std::vector<pipeline::BadImage>& bad);

/// What metrics read about real images and the objects in them, and the report's entry about their source.
struct LoadedReal {
  std::map<std::string, metrics::RealFeatures> features;  ///< by metrics::real_field
  std::optional<report::RealInput> input;
};

/// Loads from statistics, or from rows: the protocol uses all of them or only whole batches. Rows are read
/// when a metric accesses them. Throws InputError.
LoadedReal load_real(const RealSource& source, const Plan& plan, const RealRows& rows);

/// The report's entry as far as it is known before anything is encoded.
report::RealInput expected_real(const RealSource& source, const Plan& plan);

/// How many generated images are byte-for-byte copies of real ones. Statistics only reveal whether they were
/// made from exactly these images.
std::size_t count_copies(const store::Reader& store, const data::Dataset& dataset, const Plan& plan,
                         const RealSource& source, const RealRows& rows);

}  // namespace tise::run
