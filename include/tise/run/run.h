#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/images.h"
#include "tise/image/open.h"
#include "tise/metrics/calibration.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/settings.h"
#include "tise/metrics/statistics_file.h"
#include "tise/pipeline/encode_images.h"
#include "tise/report/report.h"

/// An evaluation as a function: what the command line does with its flags, any program can do with these.
///
/// All functions throw UsageError for what can't be asked for, InputError for bad input, ModelError for
/// models and devices, Interrupted if the listener asks for a stop (tise/base/error.h).
namespace tise::run {

/// Who started a run: is told how it goes, and may stop it. All are called from the thread that runs.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void info(const std::string& message);
  virtual void detail(const std::string& message);  ///< for those who want to know more
  virtual void warn(const std::string& message);
  virtual void progress(const std::string& stage, std::size_t done, std::size_t total);
  /// Once, before anything is encoded: the report as far as it is known, with 1 for every value that will be
  /// computed. What it throws ends the run.
  virtual void planned(const report::Report& expected);
  /// A temporary folder that the run removes at its end; a process that is ended the hard way should.
  virtual void keeps_in(const std::filesystem::path& temporary);
  /// Asked for a stop, the run ends soon. A store has what was encoded until then.
  virtual std::stop_token stop() const;
};

/// How images become rows.
struct Encoding {
  std::optional<std::string> models;  ///< a folder, or `shapes`; else as models::find_models_folder has it
  std::string device = "auto";        ///< as models::parse_devices takes them
  std::string precision = "fp32";     ///< as models::parse_precision takes it
  std::optional<std::size_t> batch_size;  ///< else the device's
  std::optional<std::size_t> threads;     ///< else as many as there are processors
  pipeline::OnBadImage on_bad_image = pipeline::OnBadImage::kFail;
  image::Opening opening = {};
};

/// The metrics that are asked for.
struct Asked {
  std::vector<std::string> keys;        ///< as the registry spells them; empty: the bag
  bool and_all = false;                 ///< the bag besides others
  std::set<std::string> by_group = {};  ///< those that another group stands for

  /// Whether a metric is among them.
  bool has(const std::string& key) const;
  /// Whether a metric was asked for by name, or by that of a group for the sake of it, rather than as one of
  /// the bag.
  bool names(const metrics::Chosen& chosen) const {
    return !keys.empty() && !(and_all && chosen.archive.empty() && chosen.metric->group == metrics::kBag);
  }
};

/// By their names in any case. A group's stands for its metrics: `all` and `bag` for the bag,
/// `fidelity@other` for those over other.pt; of no names: the bag. Throws UsageError that begins with `flag`
/// for one that there isn't.
Asked asked(std::vector<std::string> names, const std::string& flag = "--metrics");

/// Real images, or what is left of them: statistics, or the rows of a store.
struct Real {
  std::filesystem::path path;
  std::string archive = {};  ///< stem of the archive whose metrics it is for; empty: of all
};
/// Reads `PATH` or `ARCHIVE=FILE`; what exists as it stands is a path.
Real parse_real(const std::string& text);

/// Images to evaluate, and what they are held against.
struct Spec {
  Encoding encoding;
  std::filesystem::path images;
  std::optional<std::filesystem::path> captions;
  data::CaptionsReading captions_reading;
  std::optional<std::string> image_pattern;  ///< how images are called: data::pair_images
  std::optional<std::filesystem::path> references;
  std::vector<Real> real;
  std::optional<std::filesystem::path> real_objects;
  Asked metrics;
  metrics::Settings settings;
  std::optional<report::RecipeUsed> recipe;  ///< where its choices are from
  std::vector<std::string> split_by;  ///< fields of the captions, by each of whose values metrics are given
  std::vector<std::string> split_metrics;      ///< of whole sets, such as FID, to split as well
  bool subset = false;                         ///< captions without an image are left out
  std::optional<std::filesystem::path> store;  ///< else a temporary one
  std::optional<data::Part> part;              ///< encode this part into the store, score nothing
};

/// What a run came to.
struct Outcome {
  report::Report report;  ///< its first warnings, `said` of them, the listener has had
  std::size_t said = 0;
  data::Dataset dataset;                  ///< what was evaluated; of items what samples have
  report::DetectionsOf detections;        ///< by image, for samples and pages; empty if no objects were found
  std::shared_ptr<const void> rows = {};  ///< keeps what `detections` reads
};

/// Encodes what the store lacks, and scores. Nothing if that is another's to do: of a part of a run, and of
/// the processes of a launcher that don't lead (docs/scale.md).
std::optional<Outcome> evaluate(const Spec& spec, Listener& listener);

/// Whether this is a process of a launcher that doesn't lead: another reports its work.
bool is_follower();

/// Stores of the parts of a run, or of a whole one, to score without images, captions and networks.
struct MergeSpec {
  std::vector<std::filesystem::path> stores;  ///< in any order
  Encoding encoding;                          ///< where to compute
  Asked metrics;                              ///< of those that the stores were made for
  std::vector<Real> real;                     ///< where statistics are now, or others
  std::optional<std::filesystem::path> real_objects;
};
Outcome merge(const MergeSpec& spec, Listener& listener);

/// Real images, of which statistics are wanted.
struct StatisticsSpec {
  Encoding encoding;
  std::filesystem::path images;
  Asked metrics;               ///< that will be held against them; of all those for which networks are there
  metrics::Settings settings;  ///< protocol, threshold of objects
  std::optional<std::filesystem::path> store;
};
metrics::Statistics statistics(const StatisticsSpec& spec, Listener& listener);

/// Captions to which what their texts say of positions, counts and objects is to be added.
struct AnnotationSpec {
  std::filesystem::path captions;
  data::CaptionsReading captions_reading;
  std::optional<std::string> models;  ///< whose labels name the classes; if there are none, COCO's do
};
std::vector<data::Item> annotate(const AnnotationSpec& spec, Listener& listener);

/// Labelled images, by which a classifier's temperature is found.
struct CalibrationSpec {
  Encoding encoding;
  std::filesystem::path images;
  std::filesystem::path labels;
  std::optional<std::filesystem::path> classifier;  ///< an archive; else inception.pt of the models folder
  bool subset = false;
  std::optional<std::filesystem::path> store;
};
struct CalibrationOutcome {
  metrics::Calibration found;
  models::Archive archive;  ///< the classifier's
  std::vector<std::string> skipped;
  std::vector<std::string> warnings;
};
CalibrationOutcome calibrate(const CalibrationSpec& spec, Listener& listener);
/// Its figures as indented JSON, with a newline at the end.
std::string to_json(const CalibrationOutcome& outcome);

}  // namespace tise::run
