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

/// Statistics that a metric is held against, and the file that they are from; null if there are none for it.
struct FoundStatistics {
  const metrics::FeatureStatistics* set = nullptr;
  std::filesystem::path path;
};

/// Of those that were given, the ones of the metric's own network; else those of the set that is named as the
/// metric's is (`verify_statistics` then says how they differ).
FoundStatistics statistics_for(const RealSource& source, const Planned& planned, const Plan& plan);

/// What a metric's set is called in a file of statistics: empty for the network that FID uses, else as its
/// column group.
std::string set_name(const Planned& planned);
/// What identifies how a metric's rows were made: preparation and precision; of crops also detector and
/// threshold.
std::string preparation_text(const Planned& planned, const Plan& plan);

/// Rows of a folder's images.
struct RealRows {
  GroupTable groups;                   ///< that are wanted; null if none is
  std::unique_ptr<RunStore> filling;   ///< while it is filled
  ImageWork work;                      ///< what it lacks
  std::optional<store::Reader> store;  ///< once it has all
  std::shared_ptr<const void> held;    ///< keeps others from writing into the store that was given
  std::vector<pipeline::BadImage> bad;

  bool any() const { return groups != nullptr && !groups->empty(); }
};

/// Refuses statistics that can't be those of this run's features: of another network or preparation, or with
/// another number of dimensions. Loads no network. Throws InputError.
void verify_statistics(const RealSource& source, const Plan& plan);

/// Which rows of real images are wanted.
RealRows wanted_rows(const RealSource& source, const Plan& plan);

/// The same, with a store for them in this folder, unless one was given: looks over the images that it lacks,
/// before any network is loaded. Throws InputError that lists the bad ones.
RealRows check_real(const RealSource& source, const Plan& plan, Encoder& encoder,
                    const std::filesystem::path& store);

/// Takes the rows from the store that was given, and which images they leave out. Throws InputError if it
/// lacks some, or they were made otherwise than the run's; if a process writes into it.
void take_store(RealRows& rows, const RealSource& source, const Plan& plan, c10::Device device);

/// Encodes what the store lacks.
void encode_real(RealRows& rows, Encoder& encoder);

/// Records in their store, if it is writable, that all rows of a part are complete.
void finish_real(RealRows& rows, const std::vector<data::ImageFile>& images, data::Part part);

/// The names of the images that could be used: of those that aren't bad.
std::vector<std::string> usable_names(const std::vector<data::ImageFile>& images,
                                      const std::vector<pipeline::BadImage>& bad);

/// What metrics read of real images and of objects in them, and what the report says of how that came about.
struct LoadedReal {
  std::map<std::string, metrics::RealFeatures> features;  ///< by metrics::real_field
  std::optional<report::RealInput> input;
};

/// From statistics, or from the rows of a folder, of which the protocol takes all or whole batches. Rows are
/// read when a metric looks at them. Throws InputError.
LoadedReal load_real(const RealSource& source, const Plan& plan, const RealRows& rows);

/// The same before anything is encoded, as far as it is known then.
report::RealInput expected_real(const RealSource& source, const Plan& plan);

/// How many of the images whose rows are in a store are real ones too, byte for byte, as far as is known: of
/// statistics only whether they are of all these images.
std::size_t count_copies(const store::Reader& store, const data::Dataset& dataset, const Plan& plan,
                         const RealSource& source, const RealRows& rows);

}  // namespace tise::run
