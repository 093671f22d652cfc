#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/open.h"
#include "tise/metrics/result.h"
#include "tise/metrics/settings.h"

namespace tise::report {

inline constexpr int kSchema = 1;

/// Name, version and commit of this build.
struct Tool {
  std::string name = "tise-eval";
  std::string version;
  std::string commit;
};
Tool this_tool();

struct Run {
  std::string started;  ///< ISO 8601, UTC
  double seconds = 0;
  std::string device;
  std::string precision;
  double images_per_second = 0;          ///< of the images encoded in this run; 0 where none was
  std::map<std::string, double> stages;  ///< seconds, added up over threads
};

/// What the files of a set of images say of their pictures.
struct Pictures {
  using Size = std::array<std::int64_t, 2>;    ///< width and height
  std::map<std::string, std::size_t> formats;  ///< how many files are of each; none if it isn't known
  Size smallest{};                             ///< by area, as are the others
  Size median{};
  Size largest{};
  std::size_t oriented = 0;  ///< files with an EXIF orientation other than 1
  std::size_t animated = 0;  ///< files with more frames than the first
};
/// Sizes and formats, and the counts that are not 0; null if nothing is known.
nlohmann::ordered_json to_json(const Pictures& pictures);
/// `3 JPEG, 27 PNG; 20 x 10 to 100 x 50, median 64 x 64`; empty if nothing is known.
std::string in_words(const Pictures& pictures);

/// What was read: the images, the captions, the real ones.
struct ImagesInput {
  std::string path;
  std::size_t count = 0;             ///< evaluated
  std::vector<std::string> skipped;  ///< bad images, with the reason
  std::vector<std::string> unused;   ///< images that no caption names
  std::string order;                 ///< data::hash_of_order
  /// What else looks like images and isn't read (data::to_json); null if nothing does.
  nlohmann::ordered_json left_out = {};
  Pictures pictures = {};
};

struct CaptionsInput {
  std::string path;
  std::string format;
  std::string sha256;  ///< of the file
  std::size_t count = 0;
  std::vector<std::string> missing;  ///< image ids without image (--subset)
  std::string pairs;                 ///< data::hash_of_pairs, those of bad images included
  std::string references;            ///< data::hash_of_references, likewise
  std::string evaluated;             ///< data::hash_of_numbers
  std::size_t cut = 0;               ///< texts that CLIP's context cut (metrics::Samples)
  /// What is unusual about them, such as `{"empty": 2, "unknown_fields": ["seed"]}`; null if nothing is.
  nlohmann::ordered_json notes = {};
};

/// Captions that people wrote for the same images, from a file of their own.
struct ReferencesInput {
  std::string path;
  std::string sha256;  ///< of the file
};

/// The real images, or objects in them, that a role's rows were held against.
struct RealSet {
  std::string path;
  std::size_t count = 0;  ///< 0 if a statistics file doesn't say
  bool verified = true;   ///< same network and preparation as the images', as far as is known
  /// SHA-256 of the images' own, in the order of their names, or of a foreign statistics file.
  std::string set;
};

struct RealInput {
  std::string path;                      ///< empty if only objects' statistics were given
  std::vector<std::string> others = {};  ///< further ones, as they were asked for
  std::vector<std::string> skipped;
  std::map<std::string, RealSet>
      sets;  ///< by the role's field: `features`, `objects`, `features@other`; of rows `features.rows`
  nlohmann::ordered_json left_out = {};  ///< as ImagesInput's
  Pictures pictures = {};
};

struct Inputs {
  ImagesInput images;
  std::optional<CaptionsInput> captions;
  std::optional<ReferencesInput> references;
  std::optional<RealInput> real;
};

/// A network, as far as reports tell of it.
struct ModelUsed {
  std::string kind;
  std::string name;
  std::string sha256;
  std::string preparation;            ///< of pictures, as signatures have it: `resize=299x299:pillow-bicubic`
  nlohmann::ordered_json input = {};  ///< of its card
  nlohmann::ordered_json source = {};  ///< likewise
  bool demo = false;  ///< trained on the demo world: its numbers mean nothing on other images
};

/// A metric over the samples that have a value of a field, for each value, in order.
struct ByValue {
  std::string field;
  std::vector<std::pair<std::string, metrics::Result>> values;
};

/// RS, or a metric of the registry (metrics::find_chosen).
struct MetricEntry {
  std::string key;
  bool higher_is_better = true;
  metrics::Result result;
  metrics::Settings settings = {};  ///< that it was computed with, those of its network's card included
  std::vector<ByValue> by = {};     ///< what was asked to be split by
};

/// A recipe that a run took its flags from.
struct RecipeUsed {
  std::string name;
  bool tried = false;                        ///< whether somebody has run it with the published weights
  std::vector<std::string> overridden = {};  ///< its flags that the run has otherwise
};

/// All that a run has to say.
struct Report {
  Run run;
  Inputs inputs;
  std::map<std::string, ModelUsed> models;  ///< by archive: `clip`, `maskrcnn`
  std::map<std::string, std::string>
      played;                   ///< by a role's field (metrics::field_of), the archive that played it
  metrics::Settings settings;   ///< of all metrics
  image::Opening opening = {};  ///< of all images
  std::optional<RecipeUsed> recipe;
  std::vector<MetricEntry> metrics;
  std::vector<std::string> warnings;
  nlohmann::ordered_json comparison;  ///< with a baseline (compare.h); null without one
  nlohmann::ordered_json gates = nlohmann::ordered_json::array();  ///< gates.h

  /// The metric's entry; null where there is none.
  const MetricEntry* find(std::string_view key) const;
};

/// One line with every choice that moves a number: `key:value` fields between `|`, in which `%`, `|` and
/// control characters are percent-encoded.
std::string signature(const Report& report);

/// A signature's values by their fields; of choices that it leaves out their fallbacks (`transform`: `none`).
std::map<std::string, std::string> fields_of(std::string_view signature);

/// What a signature says, a field after another, for people. Throws UsageError where it is none.
std::string explain(std::string_view signature);

/// The signature of a report's file. Throws InputError.
std::string read_signature(const std::filesystem::path& path);

/// The report's JSON text (README, "Report"), ending in a newline.
std::string to_json(const Report& report);

/// A table for people, one line a metric, then the warnings.
std::string to_table(const Report& report);

/// An object in an image, for people to look at.
struct Detection {
  std::string label;
  double score = 0;
  std::array<double, 4> box{};  ///< x0, y0, x1, y1 in pixels
};

/// What was detected in an image, by the image's name.
using DetectionsOf = std::function<std::vector<Detection>(const std::string& image)>;

/// One JSON line a pair, in the captions' order (README, "Samples"), each handed to `write`. Detections are
/// left out where there is no `detections`.
void write_samples(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections,
                   const std::function<void(std::string_view)>& write);

/// The report as one self-contained HTML page: metrics with intervals and against the baseline,
/// distributions, recalls by class, shares by word, asked and detected numbers, the best and the worst
/// samples of each metric with thumbnails, captions and detections. `detections` may be empty. A picture that
/// can't be read any more is left out.
std::string report_page(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections);

}  // namespace tise::report
