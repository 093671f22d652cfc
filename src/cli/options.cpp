#include "tise/cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <map>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/pipeline/objects.h"
#include "tise/report/rank.h"
#include "tise/report/report.h"

namespace tise::cli {
namespace {

constexpr const char* kDescription =
    "Evaluates text-to-image generators: one pass over the images, every metric, one JSON report.";
constexpr const char* kExamples =
    "Examples:\n"
    "  tise-eval --images samples/ --captions captions.json --real coco-val/ --output report.json\n"
    "  tise-eval --images samples/ --real coco-val.npz --metrics IS,FID\n"
    "  tise-eval stats --images coco-val/ --output coco-val.npz\n"
    "  tise-eval rank step*/report.json --output leaderboard.json\n"
    "  tise-eval rank --over-time checkpoints/ --html history.html\n"
    "  tise-eval compare main.jsonl branch.jsonl\n"
    "  tise-eval --images samples/ --captions captions.json --shard 0/8 --store part0\n"
    "  tise-eval merge part* --output report.json\n"
    "Exit codes: 0 good, 1 gate crossed, 2 wrong usage, 3 bad input, 4 model or device trouble, 5 internal, "
    "130 interrupted.";

/// `auto` or a number from 1 up.
void add_auto_number(CLI::App& app, const std::string& name, std::optional<std::size_t>& target,
                     const std::string& help) {
  app.add_option_function<std::string>(
         name,
         [&target, name](const std::string& text) {
           if (text == "auto") {
             target.reset();
             return;
           }
           std::size_t number = 0;
           if (!CLI::detail::lexical_cast(text, number) || number == 0 || number > 65536 || text[0] == '-') {
             throw CLI::ValidationError(name,
                                        "\"" + text + "\" is neither auto nor a number from 1 to 65536");
           }
           target = number;
         },
         help)
      ->type_name("N|auto")
      ->default_str("auto");
}

/// One of a few words.
template <typename T>
void add_choice(CLI::App& app, const std::string& name, T& target, const std::map<std::string, T>& words,
                const std::string& fallback, const std::string& help) {
  std::string known;
  for (const auto& [word, value] : words) (known += known.empty() ? "" : "|") += word;
  app.add_option_function<std::string>(
         name,
         [&target, words, name, known](const std::string& text) {
           const auto found = words.find(text);
           if (found == words.end()) throw CLI::ValidationError(name, "\"" + text + "\" is none of " + known);
           target = found->second;
         },
         help)
      ->type_name(known)
      ->default_str(fallback);
}

/// A number within limits; NaN is within none.
CLI::Validator within(double low, double high, const std::string& described) {
  return CLI::Validator(
      [=](std::string& text) {
        double number = 0;
        const bool good = CLI::detail::lexical_cast(text, number) && number >= low && number <= high;
        return good ? std::string() : "\"" + text + "\" is not " + described;
      },
      "");
}

CLI::Validator temperature() {
  return within(std::numeric_limits<double>::min(), std::numeric_limits<double>::max(), "a number above 0");
}

void add_device(CLI::App& app, EngineOptions& engine) {
  app.add_option("--device", engine.device,
                 "cpu, cuda, cuda:N, several such as cuda:0,cuda:1, or auto: CUDA where there is one")
      ->type_name("NAME")
      ->capture_default_str();
  add_auto_number(app, "--threads", engine.threads, "threads that decode, and that compute");
}

void add_engine(CLI::App& app, EngineOptions& engine) {
  app.add_option("--models", engine.models,
                 "folder with clip.pt, inception.pt and maskrcnn.pt, or `shapes` for the bundled demo models "
                 "[$TISE_MODELS, else $XDG_DATA_HOME/tise-eval/models]")
      ->type_name("DIR");
  add_device(app, engine);
  add_choice<std::string>(app, "--precision", engine.precision,
                          {{"fp32", "fp32"}, {"bf16", "bf16"}, {"fp16", "fp16"}, {"auto", "auto"}}, "fp32",
                          "of the networks' layers; auto: fp16 on CUDA, bf16 on a CPU that has it");
  add_auto_number(app, "--batch-size", engine.batch_size, "images a batch");
  add_choice<pipeline::OnBadImage>(
      app, "--on-bad-image", engine.on_bad_image,
      {{"fail", pipeline::OnBadImage::kFail}, {"skip", pipeline::OnBadImage::kSkip}}, "fail",
      "list them all and exit 3, or count and list them in the report");
  app.add_option("--max-pixels", engine.max_pixels, "an image with more is bad; it isn't decoded")
      ->check(within(1, static_cast<double>(image::kMaxPixels), concat("1 to ", image::kMaxPixels)))
      ->type_name("N")
      ->capture_default_str();
}

void add_threshold(CLI::App& app, EngineOptions& engine) {
  app.add_option("--detector-threshold", engine.detector_threshold, "the least score of an object")
      ->check(within(pipeline::kLowestScore, 1.0, "a score from 0.05 (what a store keeps) to 1"))
      ->type_name("SCORE")
      ->capture_default_str();
}

void add_verbosity(CLI::App& app, Options& options) {
  app.add_flag_callback(
      "--quiet", [&options] { options.verbosity = Verbosity::kQuiet; },
      "nothing on stderr but warnings and errors");
  app.add_flag_callback(
      "--verbose", [&options] { options.verbosity = Verbosity::kVerbose; }, "say more of what is being done");
}

void add_alpha(CLI::App& app, double& alpha) {
  app.add_option("--alpha", alpha, "the level of the tests, after Holm's adjustment over the metrics")
      ->check(within(1e-12, 0.5, "a level above 0 and up to 0.5"))
      ->type_name("P")
      ->capture_default_str();
}

void add_metrics(CLI::App& app, std::vector<std::string>& metrics, const std::string& help,
                 const std::string& fallback = "all") {
  app.add_option("--metrics", metrics, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->default_str(fallback);
}

/// `CA, PA` is `CA,PA`.
void trim(std::vector<std::string>& names) {
  for (std::string& name : names) name = CLI::detail::trim_copy(name);
}

void check_metrics(std::vector<std::string>& names) {
  trim(names);
  if (names.size() == 1 && names.front() == "all") names.clear();
  for (std::string& name : names) name = metrics::metric_named("--metrics", name).key;
}

void add_protocol(CLI::App& app, metrics::Protocol& protocol) {
  add_choice<metrics::Protocol>(
      app, "--protocol", protocol, {{"paper", metrics::Protocol::kPaper}, {"tise", metrics::Protocol::kTise}},
      "paper", "formulae of the papers, or of the TISE toolbox's code where it departs from them");
}

void add_real(CLI::App& app, EvaluateOptions& options, const std::string& help) {
  app.add_option("--real", options.real, help)->type_name("DIR|FILE");
  app.add_option("--real-objects", options.real_objects,
                 "statistics of objects in real images, where they have a file of their own (.npz)")
      ->type_name("FILE");
}

void add_outputs(CLI::App& app, EvaluateOptions& options) {
  app.add_option("--output", options.output, "the report [stdout]")->type_name("FILE");
  app.add_option("--samples", options.samples, "scores and influences, a JSON line a pair")
      ->type_name("FILE");
  app.add_option("--html", options.html, "the report as a page: charts, the best and the worst samples")
      ->type_name("FILE");
}

/// `2/8`
data::Part parse_part(const std::string& text) {
  std::size_t index = 0;
  std::size_t of = 0;
  const auto numbers = CLI::detail::split(text, '/');
  const bool good = numbers.size() == 2 && text.find('-') == std::string::npos &&
                    CLI::detail::lexical_cast(numbers[0], index) &&
                    CLI::detail::lexical_cast(numbers[1], of) && index < of;
  if (!good) throw CLI::ValidationError("--shard", "\"" + text + "\" is not i/n: 0/8 to 7/8 of 8 parts");
  return {index, of};
}

void add_evaluate(CLI::App& app, EvaluateOptions& options) {
  app.add_option("--images", options.images, "folder with the generated images")->type_name("DIR");
  app.add_option("--captions", options.captions, "their captions: JSON, JSON Lines, COCO or CSV")
      ->type_name("FILE");
  app.add_option("--references", options.references, "captions that people wrote for the same images")
      ->type_name("FILE");
  add_real(app, options, "folder of real images, or their statistics (.npz), for FID and O-FID");
  add_metrics(app, options.metrics, "all, or a comma list");
  metrics::Settings& settings = options.settings;
  add_protocol(app, settings.protocol);
  app.add_option("--prompt", settings.prompt, "goes before captions and references for CLIP-S and RefCLIP-S")
      ->capture_default_str();
  app.add_option("--temperature", settings.temperature,
                 "of IS* [the model card's; the toolbox's with --protocol tise]")
      ->check(temperature())
      ->type_name("T");
  app.add_option("--object-temperature", settings.object_temperature, "of O-IS [likewise]")
      ->check(temperature())
      ->type_name("T");
  app.add_option("--splits", settings.splits, "of IS, IS* and O-IS")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "of IS's permutation and RP's sampled distractors")
      ->type_name("N")
      ->capture_default_str();
  add_choice<std::optional<metrics::RpEstimator>>(
      app, "--rp", options.rp,
      {{"exact", metrics::RpEstimator::kExact}, {"sampled", metrics::RpEstimator::kSampled}}, "",
      "RP over all draws of 99 distractors, or over one [exact; sampled with --protocol tise]");
  app.add_option("--store", options.store, "keep what was encoded in this folder, and use what is there")
      ->type_name("DIR");
  app.add_option_function<std::string>(
         "--shard", [&options](const std::string& text) { options.shard = parse_part(text); },
         "encode one of n equal parts into --store, i from 0; tise-eval merge makes the report")
      ->type_name("i/n");
  app.add_flag("--subset", options.subset, "evaluate only the captions whose images are there");
  add_outputs(app, options);
}

void add_force(CLI::App& app, bool& force) {
  app.add_flag("--force", force, "rank or compare what isn't comparable all the same, with a warning");
}

void add_limits(CLI::App& app, const std::string& name, report::Gate::Kind kind, GateOptions& gates,
                const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&gates, kind, name](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) gates.limits.push_back(report::parse_gate(kind, name, text));
         },
         help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("METRIC=N");
}

void add_gates(CLI::App& app, GateOptions& gates) {
  add_limits(app, "--fail-under", report::Gate::Kind::kFailUnder, gates,
             "exit 1 where a metric is below its limit, such as CLIP-S=0.7");
  add_limits(app, "--fail-over", report::Gate::Kind::kFailOver, gates,
             "exit 1 where a metric is above its limit, such as FID=20");
  app.add_option("--baseline", gates.baseline,
                 "samples of another run (--samples), or its store: adds a paired comparison")
      ->type_name("FILE|DIR");
  app.add_option_function<std::vector<std::string>>(
         "--fail-if-worse",
         [&gates](const std::vector<std::string>& metrics) {
           gates.fail_if_worse = metrics;
           std::erase(*gates.fail_if_worse, "");
         },
         "exit 1 where a metric is significantly worse than the baseline's [all that it has]")
      ->delimiter(',')
      ->expected(0, 1)
      ->type_name("LIST");
  add_alpha(app, gates.alpha);
  app.add_option("--junit", gates.junit, "the gates as JUnit's XML")->type_name("FILE");
  app.add_option("--markdown", gates.markdown, "a summary for a pull request")->type_name("FILE");
}

void add_against(CLI::App& app, EvaluateOptions& options) {
  app.add_option("--against", options.against, "other reports, or flat metric files: adds RS among them")
      ->type_name("FILE");
  add_force(app, options.force);
}

const CLI::App* add_merge(CLI::App& app, Options& options) {
  EvaluateOptions& evaluate = options.merge.evaluate;
  CLI::App* command = app.add_subcommand(
      "merge", "one report from the stores of all parts (--shard), or again from a whole run's");
  command->add_option("stores", options.merge.stores, "folders of --store, in any order")
      ->required()
      ->type_name("DIR");
  add_metrics(*command, evaluate.metrics, "all that the stores were made for, or a comma list");
  add_real(*command, evaluate, "where the statistics of real images are now (.npz), or others");
  add_outputs(*command, evaluate);
  add_against(*command, evaluate);
  add_gates(*command, evaluate.gates);
  add_device(*command, evaluate.engine);
  add_verbosity(*command, options);
  return command;
}

CLI::App* add_rank(CLI::App& app, Options& options) {
  RankOptions& rank = options.rank;
  CLI::App* command = app.add_subcommand("rank", "a leaderboard with RS, from reports or flat metric files");
  command
      ->add_option("reports", rank.reports, "reports, {\"IS*\": 46.6, ...}, or a map of such entries by name")
      ->type_name("FILE");
  command
      ->add_option(
          "--over-time", rank.over_time,
          "instead: the metrics over the checkpoints whose reports are below DIR, the steps from their paths")
      ->type_name("DIR");
  add_metrics(*command, rank.metrics, "all of RS's, or a comma list: RS over these alone");
  command->add_option("--output", rank.output, "the leaderboard [stdout]")->type_name("FILE");
  command->add_option("--html", rank.html, "the same as a page")->type_name("FILE");
  add_force(*command, rank.force);
  add_verbosity(*command, options);
  return command;
}

CLI::App* add_compare(CLI::App& app, Options& options) {
  CompareOptions& compare = options.compare;
  CLI::App* command = app.add_subcommand(
      "compare", "paired differences between runs, with their errors and tests, from their samples");
  command
      ->add_option("samples", compare.samples,
                   "files of --samples, or stores; the first is what the others are compared with")
      ->required()
      ->type_name("FILE|DIR");
  add_metrics(*command, compare.metrics, "all that both have, or a comma list");
  add_alpha(*command, compare.alpha);
  command->add_flag("--fail-if-worse", compare.fail_if_worse,
                    "exit 1 where a metric is significantly worse than the first run's");
  command->add_option("--output", compare.output, "the comparison [stdout]")->type_name("FILE");
  add_force(*command, compare.force);
  add_verbosity(*command, options);
  return command;
}

void check_compare(CompareOptions& options) {
  if (options.samples.size() < 2) throw UsageError("compare needs two or more files of --samples, or stores");
  check_metrics(options.metrics);
}

/// A gate's metric is one that is asked for.
void check_gate_metric(const std::string& flag, const std::string& metric, const EvaluateOptions& options) {
  if (metrics::asked_for(options.metrics, metric)) return;
  throw UsageError(flag + ": " + metric + " is none of --metrics");
}

void check_gates(EvaluateOptions& options) {
  GateOptions& gates = options.gates;
  for (const report::Gate& gate : gates.limits) {
    const bool under = gate.kind == report::Gate::Kind::kFailUnder;
    check_gate_metric(under ? "--fail-under" : "--fail-over", gate.metric, options);
  }
  if (gates.fail_if_worse && !gates.baseline) throw UsageError("--fail-if-worse needs --baseline FILE");
  if (gates.fail_if_worse) {
    trim(*gates.fail_if_worse);
    for (std::string& name : *gates.fail_if_worse) {
      name = metrics::metric_named("--fail-if-worse", name).key;
      check_gate_metric("--fail-if-worse", name, options);
    }
  }
  if (gates.junit && gates.limits.empty() && !gates.fail_if_worse) {
    throw UsageError("--junit needs a gate: --fail-under, --fail-over or --fail-if-worse");
  }
}

/// Files that a run writes are different ones.
void check_outputs(const EvaluateOptions& options) {
  const std::vector<std::pair<const char*, const std::optional<std::filesystem::path>*>> outputs{
      {"--output", &options.output},
      {"--samples", &options.samples},
      {"--html", &options.html},
      {"--junit", &options.gates.junit},
      {"--markdown", &options.gates.markdown}};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t k = i + 1; k < outputs.size(); ++k) {
      if (!*outputs[i].second || *outputs[i].second != *outputs[k].second) continue;
      throw UsageError(std::string(outputs[i].first) + " and " + outputs[k].first + " name the same file");
    }
  }
}

void check_rank(RankOptions& options) {
  if (options.reports.empty() && !options.over_time) {
    throw UsageError("rank needs reports, or --over-time DIR; see tise-eval rank --help");
  }
  if (options.over_time) {
    if (!options.reports.empty()) throw UsageError("rank: reports and --over-time don't go together");
    return check_metrics(options.metrics);
  }
  trim(options.metrics);
  if (options.metrics.size() == 1 && options.metrics.front() == "all") options.metrics.clear();
  for (std::string& name : options.metrics) {
    const auto metric = report::find_rank_metric(name);
    if (!metric)
      throw UsageError("--metrics: RS has no metric \"" + name + "\"; it has " +
                       joined(report::rank_metrics()));
    name = *metric;
  }
}

/// RS is no metric of the registry: it ranks reports. Asked for by name it stands for the metrics that it
/// sums; --against beside a list of metrics ranks those of RS among them.
void check_ranking_score(EvaluateOptions& options) {
  auto& names = options.metrics;
  trim(names);
  const auto is_rs = [](const std::string& name) {
    return same_ignoring_case(name, report::kRankingScoreKey);
  };
  const bool asked = std::erase_if(names, is_rs) > 0;
  if (asked && options.against.empty()) throw UsageError("RS: no other reports given (--against FILE...)");
  if (asked) {
    for (std::string& key : report::rank_metrics()) names.push_back(std::move(key));
  }
  if (options.against.empty() || names.empty() || names.front() == "all") return;
  if (std::none_of(names.begin(), names.end(), report::find_rank_metric)) {
    throw UsageError("--against: none of --metrics is part of RS; it has " + joined(report::rank_metrics()));
  }
}

void check_statistics(StatsOptions& options) {
  check_metrics(options.metrics);
  for (const std::string& name : options.metrics) {
    if (name != "FID" && name != "O-FID") {
      throw UsageError("--metrics: " + name + " needs no statistics of real images; FID and O-FID do");
    }
  }
}

/// A part is encoded and not scored.
void check_shard(const EvaluateOptions& options) {
  if (!options.shard) return;
  if (!options.store) throw UsageError("--shard needs --store DIR, which tise-eval merge reads");
  const GateOptions& gates = options.gates;
  const std::pair<const char*, bool> given[] = {{"--output", options.output.has_value()},
                                                {"--samples", options.samples.has_value()},
                                                {"--html", options.html.has_value()},
                                                {"--against", !options.against.empty()},
                                                {"--fail-under or --fail-over", !gates.limits.empty()},
                                                {"--baseline", gates.baseline.has_value()},
                                                {"--junit", gates.junit.has_value()},
                                                {"--markdown", gates.markdown.has_value()}};
  for (const auto& [flag, there] : given) {
    if (there)
      throw UsageError(concat(flag, ": not with --shard, which scores nothing; give it to tise-eval merge"));
  }
}

/// What scoring takes, whoever encoded.
void check_scoring(EvaluateOptions& options) {
  check_outputs(options);
  check_ranking_score(options);
  check_metrics(options.metrics);
  check_gates(options);
}

void check_evaluate(EvaluateOptions& options) {
  if (options.images.empty()) throw UsageError("--images is required; see tise-eval --help");
  if (options.references && !options.captions) throw UsageError("--references needs --captions");
  check_shard(options);
  check_scoring(options);
  const bool is_tise = options.settings.protocol == metrics::Protocol::kTise;
  options.settings.rp =
      options.rp.value_or(is_tise ? metrics::RpEstimator::kSampled : metrics::RpEstimator::kExact);
}

CLI::App* add_annotate(CLI::App& app, Options& options) {
  AnnotateOptions& annotate = options.annotate;
  CLI::App* command =
      app.add_subcommand("annotate", "captions with their positions, counts and objects, for --captions");
  command->add_option("--captions", annotate.captions, "captions: JSON, JSON Lines, COCO or CSV")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--models", annotate.models,
          "folder whose maskrcnn.pt names the classes, or `shapes` [as for the main job, else COCO's]")
      ->type_name("DIR");
  command->add_option("--output", annotate.output, "JSON Lines [stdout]")->type_name("FILE");
  add_verbosity(*command, options);
  return command;
}

CLI::App* add_calibrate(CLI::App& app, Options& options) {
  CalibrateOptions& calibrate = options.calibrate;
  CLI::App* command =
      app.add_subcommand("calibrate", "the temperature of a classifier, from labelled images");
  command->add_option("--images", calibrate.images, "folder with the labelled images")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--labels", calibrate.labels,
                   "their classes: numbers from 0, or names that the card has; JSON, JSON Lines or CSV")
      ->required()
      ->type_name("FILE");
  command->add_option("--classifier", calibrate.classifier, "the archive [inception.pt of the models folder]")
      ->type_name("FILE");
  command->add_flag("--subset", calibrate.subset, "take only the labels whose images are there");
  command
      ->add_option("--store", calibrate.store, "keep what was encoded in this folder, and use what is there")
      ->type_name("DIR");
  command
      ->add_option("--output", calibrate.output,
                   "a copy of the archive whose card has the temperature (.pt); the figures go to stdout")
      ->type_name("FILE");
  add_engine(*command, calibrate.engine);
  add_verbosity(*command, options);
  return command;
}

/// CLI11's message in one line.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(kDescription, "tise-eval");
  app.footer(kExamples);
  app.set_version_flag("--version", report::this_tool().version);
  app.fallthrough(false);
  add_evaluate(app, options.evaluate);
  add_against(app, options.evaluate);
  add_gates(app, options.evaluate.gates);
  add_engine(app, options.evaluate.engine);
  add_threshold(app, options.evaluate.engine);
  add_verbosity(app, options);

  CLI::App* stats = app.add_subcommand("stats", "statistics of real images, once, for --real");
  stats->add_option("--images", options.stats.images, "folder with the real images")
      ->required()
      ->type_name("DIR");
  stats->add_option("--output", options.stats.output, "the statistics (.npz)")->required()->type_name("FILE");
  stats->add_option("--store", options.stats.store, "keep what was encoded in this folder")->type_name("DIR");
  add_metrics(*stats, options.stats.metrics, "FID, O-FID or both: what the statistics are for",
              "what the models there allow");
  add_protocol(*stats, options.stats.protocol);
  add_engine(*stats, options.stats.engine);
  add_threshold(*stats, options.stats.engine);
  add_verbosity(*stats, options);

  CLI::App* rank = add_rank(app, options);

  const CLI::App* merge = add_merge(app, options);

  const CLI::App* compare = add_compare(app, options);

  CLI::App* models = app.add_subcommand("models", "the models that are there, with their hashes");
  models->add_flag(
      "--verify", options.models.verify,
      "compare their hashes with models.lock, run each and compare with the answer at its export");
  models->add_flag("--lock", options.models.lock, "write models.lock: the hashes that --verify will ask for");
  add_engine(*models, options.models.engine);
  add_verbosity(*models, options);

  const CLI::App* annotate = add_annotate(app, options);

  const CLI::App* calibrate = add_calibrate(app, options);

  CLI::App* explain = app.add_subcommand("explain", "a report's signature in words");
  explain->add_option("signature", options.explain.signature, "the signature, in quotes, or the report")
      ->required()
      ->type_name("SIGNATURE|FILE");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return std::nullopt;
    }
    throw UsageError(one_line(error.what()) + "; see tise-eval --help");
  }
  if (stats->parsed()) {
    options.command = Command::kStats;
    check_statistics(options.stats);
  } else if (rank->parsed()) {
    options.command = Command::kRank;
    check_rank(options.rank);
  } else if (merge->parsed()) {
    options.command = Command::kMerge;
    check_scoring(options.merge.evaluate);
  } else if (compare->parsed()) {
    options.command = Command::kCompare;
    check_compare(options.compare);
  } else if (models->parsed()) {
    options.command = Command::kModels;
  } else if (annotate->parsed()) {
    options.command = Command::kAnnotate;
  } else if (calibrate->parsed()) {
    options.command = Command::kCalibrate;
  } else if (explain->parsed()) {
    options.command = Command::kExplain;
  } else {
    check_evaluate(options.evaluate);
  }
  return options;
}

}  // namespace tise::cli
