#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tise/cli/console.h"
#include "tise/data/images.h"
#include "tise/metrics/settings.h"
#include "tise/pipeline/encode_images.h"
#include "tise/report/gates.h"

namespace tise::cli {

/// What every command that runs models takes.
struct EngineOptions {
  std::optional<std::string> models;  ///< a folder, or `shapes`
  std::string device = "auto";
  std::string precision = "fp32";
  std::optional<std::size_t> batch_size;
  std::optional<std::size_t> threads;
  pipeline::OnBadImage on_bad_image = pipeline::OnBadImage::kFail;
  std::int64_t max_pixels = image::kUsualMaxPixels;
  double detector_threshold = 0.5;  ///< the least score of an object
};

/// What a run must keep, and where it is said for CI.
struct GateOptions {
  std::vector<report::Gate> limits;                       ///< --fail-under, --fail-over
  std::optional<std::filesystem::path> baseline;          ///< samples, or a store
  std::optional<std::vector<std::string>> fail_if_worse;  ///< metrics; empty: all that the baseline has
  double alpha = 0.05;                                    ///< of "significantly"
  std::optional<std::filesystem::path> junit;
  std::optional<std::filesystem::path> markdown;
};

/// `tise-eval --images …`
struct EvaluateOptions {
  EngineOptions engine;
  std::filesystem::path images;
  std::optional<std::filesystem::path> captions;
  std::optional<std::filesystem::path> references;
  std::optional<std::filesystem::path> real;
  std::optional<std::filesystem::path> real_objects;
  std::vector<std::string> metrics;  ///< empty: all
  bool and_all = false;              ///< --metrics has `all` besides others
  metrics::Settings settings;
  std::optional<metrics::RpEstimator> rp;  ///< else the protocol's
  bool subset = false;
  std::optional<std::filesystem::path> store;
  std::optional<data::Part> shard;  ///< encode this part into the store, score nothing
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> samples;
  std::optional<std::filesystem::path> html;
  std::vector<std::filesystem::path> against;  ///< the reports that RS ranks this run among
  bool force = false;                          ///< rank, or compare, what isn't comparable
  GateOptions gates;
};

/// `tise-eval merge …`
struct MergeOptions {
  std::vector<std::filesystem::path> stores;
  EvaluateOptions evaluate;  ///< outputs, gates, where the statistics are; the rest is in the stores
};

/// `tise-eval stats …`
struct StatsOptions {
  EngineOptions engine;
  std::vector<std::string> metrics;  ///< FID, O-FID; empty: what the models allow
  bool and_all = false;              ///< --metrics has `all` besides others
  metrics::Protocol protocol = metrics::Protocol::kPaper;
  std::filesystem::path images;
  std::filesystem::path output;
  std::optional<std::filesystem::path> store;
};

/// `tise-eval rank …`
struct RankOptions {
  std::vector<std::filesystem::path> reports;
  std::optional<std::filesystem::path> over_time;  ///< a folder of reports, in place of a ranking
  std::vector<std::string> metrics;                ///< of RS, over time of all; empty: all
  bool force = false;
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> html;
};

/// `tise-eval compare …`
struct CompareOptions {
  std::vector<std::filesystem::path> samples;  ///< files of --samples, or stores; the first is the baseline
  std::vector<std::string> metrics;            ///< empty: all
  double alpha = 0.05;
  bool force = false;
  bool fail_if_worse = false;
  std::optional<std::filesystem::path> output;
};

/// `tise-eval models …`
struct ModelsOptions {
  EngineOptions engine;
  bool verify = false;
  bool lock = false;
};

/// `tise-eval annotate …`
struct AnnotateOptions {
  std::filesystem::path captions;
  std::optional<std::string> models;  ///< a folder, or `shapes`
  std::optional<std::filesystem::path> output;
};

/// `tise-eval explain …`
struct ExplainOptions {
  std::string signature;  ///< or the path of a report
};

/// `tise-eval calibrate …`
struct CalibrateOptions {
  EngineOptions engine;
  std::filesystem::path images;
  std::filesystem::path labels;
  std::optional<std::filesystem::path> classifier;  ///< an archive; else inception.pt of the models folder
  bool subset = false;
  std::optional<std::filesystem::path> store;
  std::optional<std::filesystem::path> output;  ///< the archive's copy
};

/// `tise-eval demo`
struct DemoOptions {
  EngineOptions engine;
  std::filesystem::path output = "tise-eval-demo";
};

/// `tise-eval doctor`
struct DoctorOptions {
  EngineOptions engine;
};

enum class Command {
  kEvaluate,
  kStats,
  kRank,
  kModels,
  kAnnotate,
  kExplain,
  kCalibrate,
  kCompare,
  kMerge,
  kDemo,
  kDoctor,
  kCompletion,
  kMan
};

/// Whose completion is asked for.
enum class Shell { kBash, kZsh, kFish };

struct Options {
  Command command = Command::kEvaluate;
  EvaluateOptions evaluate;
  StatsOptions stats;
  RankOptions rank;
  ModelsOptions models;
  AnnotateOptions annotate;
  ExplainOptions explain;
  CalibrateOptions calibrate;
  CompareOptions compare;
  MergeOptions merge;
  DemoOptions demo;
  DoctorOptions doctor;
  Shell shell = Shell::kBash;    ///< of `completion`
  bool man_as_markdown = false;  ///< of `man`
  std::optional<std::filesystem::path> config;
  bool print_config = false;
  LogStyle log;
};

/// stderr in JSON. `main` looks for it too, for what is said before the rest is parsed.
inline constexpr const char* kLogJsonFlag = "--log-json";

/// Parses the command line. Nothing where it asked about itself (help, version, man page, completion, flags
/// in effect), which is then printed. Throws UsageError, and InputError where a file of --config can't be
/// read.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace tise::cli
