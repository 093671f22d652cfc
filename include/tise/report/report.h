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
  double images_per_second = 0;          ///< of the images encoded in this run; 0 if none were
  std::map<std::string, double> stages;  ///< seconds, summed over threads
};

/// Formats and sizes of a set of images, as stated by their files.
struct Pictures {
  using Size = std::array<std::int64_t, 2>;    ///< width and height
  std::map<std::string, std::size_t> formats;  ///< number of files of each; empty if unknown
  Size smallest{};                             ///< by area, like the other two
  Size median{};
  Size largest{};
  std::size_t oriented = 0;  ///< files with an EXIF orientation other than 1
  std::size_t animated = 0;  ///< files with more frames than the first
};
/// Sizes and formats, and the counts that are not 0; null if nothing is known.
nlohmann::ordered_json to_json(const Pictures& pictures);
/// `3 JPEG, 27 PNG; 20 x 10 to 100 x 50, median 64 x 64`; empty if nothing is known.
std::string in_words(const Pictures& pictures);

/// The images that were evaluated.
struct ImagesInput {
  std::string path;
  std::size_t count = 0;             ///< evaluated images
  std::vector<std::string> skipped;  ///< bad images, with the reason
  std::vector<std::string> unused;   ///< images that no caption names
  std::string order;                 ///< data::hash_of_order
  /// Files that look like images but weren't read (data::to_json); null if there are none.
  nlohmann::ordered_json left_out = {};
  Pictures pictures = {};
};

/// The captions that were read.
struct CaptionsInput {
  std::string path;
  std::string format;
  std::string sha256;  ///< of the file
  std::size_t count = 0;
  std::vector<std::string> missing;  ///< image ids without an image (--subset)
  std::string pairs;                 ///< data::hash_of_pairs, including pairs of bad images
  std::string references;            ///< data::hash_of_references, including those of bad images
  std::string evaluated;             ///< data::hash_of_numbers
  std::size_t cut = 0;               ///< texts truncated to CLIP's context (metrics::Samples)
  /// Anything unusual about them, such as `{"empty": 2, "unknown_fields": ["seed"]}`; null if nothing is.
  nlohmann::ordered_json notes = {};
};

/// Captions that people wrote for the same images, from a separate file.
struct ReferencesInput {
  std::string path;
  std::string sha256;  ///< of the file
};

/// The real images, or objects in them, that a role's rows were compared with.
struct RealSet {
  std::string path;
  std::size_t count = 0;  ///< 0 if a statistics file doesn't state it
  bool verified = true;   ///< whether network and preparation are known to match the images'
  /// SHA-256 over the images' own hashes in the order of their names, or of another tool's statistics file.
  std::string set;
};

struct RealInput {
  std::string path;                      ///< empty if only objects' statistics were given
  std::vector<std::string> others = {};  ///< further sources, as given
  std::vector<std::string> skipped;
  std::map<std::string, RealSet>
      sets;  ///< by the role's field: `features`, `objects`, `features@other`; for rows `features.rows`
  nlohmann::ordered_json left_out = {};  ///< as in ImagesInput
  Pictures pictures = {};
};

struct Inputs {
  ImagesInput images;
  std::optional<CaptionsInput> captions;
  std::optional<ReferencesInput> references;
  std::optional<RealInput> real;
};

/// What a report states about a network.
struct ModelUsed {
  std::string kind;
  std::string name;
  std::string sha256;
  std::string preparation;             ///< of images, as in signatures: `resize=299x299:pillow-bicubic`
  nlohmann::ordered_json input = {};   ///< from its card
  nlohmann::ordered_json source = {};  ///< from its card
  bool demo = false;  ///< trained on the demo world: its numbers mean nothing on other images
};

/// A metric split by a field: its result over the samples with each value of the field, in order.
struct ByValue {
  std::string field;
  std::vector<std::pair<std::string, metrics::Result>> values;
};

/// RS, or a metric of the registry (metrics::find_chosen).
struct MetricEntry {
  std::string key;
  bool higher_is_better = true;
  metrics::Result result;
  metrics::Settings settings = {};  ///< used to compute it, including those from its network's card
  std::vector<ByValue> by = {};     ///< the requested splits
};

/// The recipe that a run took its flags from.
struct RecipeUsed {
  std::string name;
  bool tried = false;                        ///< whether somebody has run it with the published weights
  std::vector<std::string> overridden = {};  ///< its flags that the run set differently
};

/// Everything that a run reports.
struct Report {
  Run run;
  Inputs inputs;
  std::map<std::string, ModelUsed> models;  ///< by archive: `clip`, `maskrcnn`
  std::map<std::string, std::string>
      played;                   ///< the archive that played a role, by the role's field (metrics::field_of)
  metrics::Settings settings;   ///< for all metrics
  image::Opening opening = {};  ///< for all images
  std::optional<RecipeUsed> recipe;
  std::vector<MetricEntry> metrics;
  std::vector<std::string> warnings;
  nlohmann::ordered_json comparison;  ///< with a baseline (compare.h); null without one
  nlohmann::ordered_json gates = nlohmann::ordered_json::array();  ///< gates.h

  /// The metric's entry; null if the report has none.
  const MetricEntry* find(std::string_view key) const;
};

/// One line with every choice that affects a number: `key:value` fields separated by `|`. In values `%`, `|`
/// and control characters are percent-encoded.
std::string signature(const Report& report);

/// A signature's values by field, with the fallbacks of choices that it leaves out (`transform`: `none`).
std::map<std::string, std::string> fields_of(std::string_view signature);

/// Explains a signature in words, field by field. Throws UsageError if it isn't a signature.
std::string explain(std::string_view signature);

/// Reads the signature from a report's file. Throws InputError.
std::string read_signature(const std::filesystem::path& path);

/// The report's JSON text (docs/metrics/README.md, "Fields in the report"), ending in a newline.
std::string to_json(const Report& report);

/// A text table, one line per metric, then footnotes on unreliable errors and one table per split.
std::string to_table(const Report& report);

/// An object that was detected in an image.
struct Detection {
  std::string label;
  double score = 0;
  std::array<double, 4> box{};  ///< x0, y0, x1, y1 in pixels
};

/// Returns what was detected in an image, given the image's name.
using DetectionsOf = std::function<std::vector<Detection>(const std::string& image)>;

/// Passes one JSON line per pair, or per image in a run without captions, to `write`. If `detections` is
/// empty, the lines have no detections.
void write_samples(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections,
                   const std::function<void(std::string_view)>& write);

/// The report as one self-contained HTML page: metrics with intervals and against the baseline,
/// distributions, recalls by class, shares by word, requested and detected counts, the best and the worst
/// samples of each metric with thumbnails, captions and detections. `detections` may be empty. A thumbnail is
/// left out if its image can no longer be read.
std::string report_page(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections);

}  // namespace tise::report
