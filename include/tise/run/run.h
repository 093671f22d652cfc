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

/// The evaluation as functions: any program can do with these what the command line does with its flags.
///
/// All functions throw UsageError for an impossible request, InputError for bad input, ModelError for
/// problems with models or devices, and Interrupted if the listener asks for a stop (tise/base/error.h).
namespace tise::run {

/// Receives the progress of a run and may stop it. All functions are called from the thread of the run.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void info(const std::string& message);
  virtual void detail(const std::string& message);  ///< shown with --verbose
  virtual void warn(const std::string& message);
  virtual void progress(const std::string& stage, std::size_t done, std::size_t total);
  /// Called once, before anything is encoded, with the report as far as it is known: every value that will be
  /// computed is 1. An exception thrown here ends the run.
  virtual void planned(const report::Report& expected);
  /// Called with the run's temporary folder. The run removes it at its end; if the process is killed before,
  /// whoever handles that should remove it.
  virtual void keeps_in(const std::filesystem::path& temporary);
  /// When a stop is requested, the run ends soon. A store keeps what was encoded until then.
  virtual std::stop_token stop() const;
};

/// How images become rows.
struct Encoding {
  std::optional<std::string> models;      ///< a folder or `shapes`; default: see models::find_models_folder
  std::string device = "auto";            ///< see models::parse_devices
  std::string precision = "fp32";         ///< see models::parse_precision
  std::optional<std::size_t> batch_size;  ///< images per batch; default: depends on the device
  std::optional<std::size_t> threads;     ///< default: the number of processors
  pipeline::OnBadImage on_bad_image = pipeline::OnBadImage::kFail;
  image::Opening opening = {};
};

/// The metrics that were requested.
struct Asked {
  std::vector<std::string> keys;        ///< as the registry spells them; empty: the bag
  bool and_all = false;                 ///< the bag in addition to other metrics
  std::set<std::string> by_group = {};  ///< keys that came from the name of a group other than the bag

  /// Whether a metric is among them.
  bool has(const std::string& key) const;
  /// Whether a metric was requested by its name or by that of a group, and not just as part of the bag.
  bool names(const metrics::Chosen& chosen) const {
    return !keys.empty() && !(and_all && chosen.archive.empty() && chosen.metric->group == metrics::kBag);
  }
};

/// Looks metrics up by name, ignoring case. A group's name stands for its metrics: `all` and `bag` for the
/// bag, `fidelity@other` for the fidelity metrics over other.pt. No names: the bag. Throws UsageError,
/// starting with `flag`, if a name is unknown.
Asked asked(std::vector<std::string> names, const std::string& flag = "--metrics");

/// Real images, or statistics or a store made from them.
struct Real {
  std::filesystem::path path;
  std::string archive = {};  ///< stem of the archive whose metrics it is for; empty: for all
};
/// Parses `PATH` or `ARCHIVE=FILE`. If the whole text is an existing path, it is taken as that path.
Real parse_real(const std::string& text);

/// Images to evaluate, and what they are compared with.
struct Spec {
  Encoding encoding;
  std::filesystem::path images;
  std::optional<std::filesystem::path> captions;
  data::CaptionsReading captions_reading;
  std::optional<std::string> image_pattern;  ///< how images are named: data::pair_images
  std::optional<std::filesystem::path> references;
  std::vector<Real> real;
  std::optional<std::filesystem::path> real_objects;
  Asked metrics;
  metrics::Settings settings;
  std::optional<report::RecipeUsed> recipe;    ///< the recipe that its settings come from
  std::vector<std::string> split_by;           ///< fields of the captions: metrics are also given per value
  std::vector<std::string> split_metrics;      ///< metrics of whole sets, such as FID, that are split too
  bool subset = false;                         ///< leave out captions without an image
  std::optional<std::filesystem::path> store;  ///< default: a temporary one
  std::optional<data::Part> part;              ///< only encode this part into the store
};

/// The result of a run.
struct Outcome {
  report::Report report;
  std::size_t said = 0;   ///< how many of the report's warnings, the first ones, the listener already got
  data::Dataset dataset;  ///< what was evaluated; items are reduced to what samples contain
  report::DetectionsOf detections;        ///< by image, for samples and pages; empty if no detector was used
  std::shared_ptr<const void> rows = {};  ///< keeps alive what `detections` reads
};

/// Encodes what the store is missing, and scores. Returns nullopt if the score is left to `merge` (only a
/// part of a run was encoded) or to the leading process of a launcher (docs/scale.md).
std::optional<Outcome> evaluate(const Spec& spec, Listener& listener);

/// Whether a launcher started this process and another process leads: that one reports.
bool is_follower();

/// Stores of the parts of a run, or of a whole run, to score without images, captions or networks.
struct MergeSpec {
  std::vector<std::filesystem::path> stores;  ///< in any order
  Encoding encoding;                          ///< the device to compute on
  Asked metrics;                              ///< among those the stores were made for
  std::vector<Real> real;                     ///< statistics that were moved, or other ones
  std::optional<std::filesystem::path> real_objects;
};
Outcome merge(const MergeSpec& spec, Listener& listener);

/// Real images to make statistics of.
struct StatisticsSpec {
  Encoding encoding;
  std::filesystem::path images;
  Asked metrics;               ///< that will use them; default: all whose networks exist
  metrics::Settings settings;  ///< protocol and detector threshold
  std::optional<std::filesystem::path> store;
};
metrics::Statistics statistics(const StatisticsSpec& spec, Listener& listener);

/// Captions to annotate with the positions, counts and objects that their texts mention.
struct AnnotationSpec {
  std::filesystem::path captions;
  data::CaptionsReading captions_reading;
  std::optional<std::string> models;  ///< whose labels name the classes; COCO's are used if there are none
};
std::vector<data::Item> annotate(const AnnotationSpec& spec, Listener& listener);

/// Labeled images from which a classifier's temperature is fitted.
struct CalibrationSpec {
  Encoding encoding;
  std::filesystem::path images;
  std::filesystem::path labels;
  std::optional<std::filesystem::path> classifier;  ///< an archive; default: inception.pt
  bool subset = false;
  std::optional<std::filesystem::path> store;
};
struct CalibrationOutcome {
  metrics::Calibration found;
  models::Archive archive;  ///< of the classifier
  std::vector<std::string> skipped;
  std::vector<std::string> warnings;
};
CalibrationOutcome calibrate(const CalibrationSpec& spec, Listener& listener);
/// The result as indented JSON, with a final newline.
std::string to_json(const CalibrationOutcome& outcome);

}  // namespace tise::run
