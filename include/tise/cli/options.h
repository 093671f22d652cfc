#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tise/cli/console.h"
#include "tise/metrics/settings.h"
#include "tise/pipeline/encode_images.h"

namespace tise::cli {

/// What every command that runs models takes.
struct EngineOptions {
  std::optional<std::string> models;  ///< a folder, or `shapes`
  std::string device = "auto";
  std::string precision = "fp32";
  std::optional<std::size_t> batch_size;
  std::optional<std::size_t> threads;
  pipeline::OnBadImage on_bad_image = pipeline::OnBadImage::kFail;
  double detector_threshold = 0.5;  ///< the least score of an object
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
  metrics::Settings settings;
  std::optional<metrics::RpEstimator> rp;  ///< else the protocol's
  bool subset = false;
  std::optional<std::filesystem::path> store;
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> samples;
  std::vector<std::filesystem::path> against;  ///< the reports that RS ranks this run among
  bool force = false;                          ///< rank what isn't comparable
};

/// `tise-eval stats …`
struct StatsOptions {
  EngineOptions engine;
  std::vector<std::string> metrics;  ///< FID, O-FID; empty: what the models allow
  metrics::Protocol protocol = metrics::Protocol::kPaper;
  std::filesystem::path images;
  std::filesystem::path output;
  std::optional<std::filesystem::path> store;
};

/// `tise-eval rank …`
struct RankOptions {
  std::vector<std::filesystem::path> reports;
  std::vector<std::string> metrics;  ///< of RS; empty: all
  bool force = false;
  std::optional<std::filesystem::path> output;
};

/// `tise-eval models …`
struct ModelsOptions {
  EngineOptions engine;
  bool verify = false;
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

enum class Command { kEvaluate, kStats, kRank, kModels, kAnnotate, kExplain, kCalibrate };

struct Options {
  Command command = Command::kEvaluate;
  EvaluateOptions evaluate;
  StatsOptions stats;
  RankOptions rank;
  ModelsOptions models;
  AnnotateOptions annotate;
  ExplainOptions explain;
  CalibrateOptions calibrate;
  Verbosity verbosity = Verbosity::kNormal;
};

/// Parses the command line. Nothing where only help or the version was asked for, which it has then printed.
/// Throws UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace tise::cli
