// Every command with its flags and examples. Help, the man page, completion and the reference are made from
// it.

#include "command_line.h"

#include <algorithm>
#include <array>
#include <limits>

#include "describe.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/settings.h"
#include "tise/report/report.h"

namespace tise::cli {
namespace {

constexpr const char* kDescription =
    "Every metric of a text-to-image generator from one pass over its images, as JSON.";

constexpr const char* kMainExamples =
    R"(tise-eval --images samples/ --captions captions.json --real coco-val/ --output report.json
tise-eval --images samples/ --captions captions.json --fail-under CLIP-S=0.7 --quiet > report.json)";

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

void add_evaluate_inputs(CLI::App& app, EvaluateOptions& options) {
  add(app, kInputs, "--images DIR|FILE", options.images,
      "the generated images: a folder, .zip or .tar (required)");
  add(app, kInputs, "--captions FILE", options.captions, "their captions: JSON, JSON Lines, COCO or CSV");
  add(app, kInputs, "--references FILE", options.references,
      "captions that people wrote for the same images");
  add_real(app, options, "real images, or their statistics (.npz), for FID and O-FID");
  add(app, kInputs, "--subset", options.subset, "evaluate only the captions whose images are there");
}

void add_evaluate_metrics(CLI::App& app, EvaluateOptions& options) {
  metrics::Settings& settings = options.settings;
  add_metrics(app, options.metrics,
              concat("all, or a comma list of ", metrics::metric_keys(), "; FID@NAME reads NAME.pt"));
  add_protocol(app, settings.protocol);
  add(app, kMetricsGroup, "--prompt TEXT", settings.prompt,
      "goes before captions and references for CLIP-S and RefCLIP-S")
      ->transform(CLI::Validator(
          [](std::string& text) {
            if (first_invalid_utf8(text)) return std::string("not UTF-8");
            text = metrics::prompt_as_used(std::move(text));
            return std::string();
          },
          ""));
  add(app, kMetricsGroup, "--temperature T", settings.temperature,
      "of IS* [the model card's; the toolbox's with --protocol tise]")
      ->check(temperature());
  add(app, kMetricsGroup, "--object-temperature T", settings.object_temperature, "of O-IS [likewise]")
      ->check(temperature());
  add(app, kMetricsGroup, "--splits N", settings.splits, "of IS, IS* and O-IS")
      ->check(whole_within(1, 1'000'000));
  add(app, kMetricsGroup, "--seed N", settings.seed, "of IS's permutation and RP's sampled distractors")
      ->check(whole_within(0, std::numeric_limits<std::uint32_t>::max()));
  add_choice<metrics::Prompts>(
      app, kMetricsGroup, "--prompts", settings.prompts,
      {{"sampled", metrics::Prompts::kSampled}, {"fixed", metrics::Prompts::kFixed}},
      "errors are of other prompts and images; fixed: of other images for these prompts alone");
  add_choice<std::optional<metrics::RpEstimator>>(
      app, kMetricsGroup, "--rp", options.rp,
      {{"exact", metrics::RpEstimator::kExact}, {"sampled", metrics::RpEstimator::kSampled}},
      "RP over all draws of 99 distractors, or over one [exact; sampled with --protocol tise]");
  add_threshold(app, options.engine);
}

void add_evaluate_store(CLI::App& app, EvaluateOptions& options) {
  add_store(app, options.store);
  app.add_option_function<std::string>(
         "--shard", [&options](const std::string& text) { options.shard = parse_part(text); },
         "encode one of n equal parts into --store, i from 0; tise-eval merge makes the report")
      ->type_name("i/n")
      ->group(kStoring);
}

/// Throws UsageError if flags of the main job stand before a command, where they would be lost.
void check_before(const CLI::App& app, const CLI::App& command) {
  constexpr std::array kAnywhere{"--help", "--help-all", "--version", "--quiet", "--verbose", kLogJsonFlag};
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name();
    if (option->count() == 0 || std::find(kAnywhere.begin(), kAnywhere.end(), flag) != kAnywhere.end())
      continue;
    const std::string name = command.get_name();
    if (command.get_option_no_throw(flag) == nullptr)
      throw UsageError(concat(flag, ": ", name, " has no such flag; see tise-eval ", name, " --help"));
    const std::string value = joined(option->results(), ",");
    throw UsageError(concat(flag, ": goes after the command: tise-eval ", name, " ", flag,
                            option->get_items_expected_max() == 0 || value.empty() ? "" : " " + value));
  }
}

CLI::App& add_command(
    CommandLine& line, const char* name, const char* summary, const char* examples, Command command,
    std::function<void()> check = [] {}) {
  CLI::App* added = line.app.add_subcommand(name, summary);
  added->set_help_flag("-h,--help", "this text")->group(kSettings);
  added->set_help_all_flag("");
  added->footer(examples);
  added->preparse_callback([&app = line.app, added](std::size_t) { check_before(app, *added); });
  line.subcommands.push_back({added, command, std::move(check)});
  return *added;
}

void add_demo(CommandLine& line) {
  DemoOptions& demo = line.options.demo;
  CLI::App& command = add_command(
      line, "demo", "evaluate six made-up checkpoints of a small drawn world: nothing is downloaded",
      "tise-eval demo", Command::kDemo);
  add(command, kReports, "--output DIR", demo.output,
      "folder for the reports and pages; it must not be there yet");
  add_device(command, demo.engine);
  add_log(command, line.options);
}

void add_doctor(CommandLine& line) {
  CLI::App& command =
      add_command(line, "doctor", "versions, devices and models that are there, and what which metric lacks",
                  "tise-eval doctor\ntise-eval doctor --models models", Command::kDoctor);
  add_models(command, line.options.doctor.engine.models,
             "folder of clip.pt, inception.pt, maskrcnn.pt, or `shapes` (the demo's)");
  add_device(command, line.options.doctor.engine);
}

void add_stats(CommandLine& line) {
  StatsOptions& stats = line.options.stats;
  CLI::App& command = add_command(line, "stats", "statistics of real images, once, for --real",
                                  "tise-eval stats --images coco-val/ --output coco-val.npz", Command::kStats,
                                  [&stats] { check_statistics(stats); });
  add(command, kInputs, "--images DIR|FILE", stats.images,
      "the real images: a folder, .zip or .tar (required)")
      ->required();
  add(command, kReports, "--output FILE", stats.output, "the statistics (.npz) (required)")->required();
  add_store(command, stats.store);
  add_metrics(command, stats.metrics,
              concat("a comma list of ", metrics::keys_against_real(),
                     ", also as FID@NAME: what the statistics are for [what the models there allow]"))
      ->default_str("");
  add_protocol(command, stats.protocol);
  add_engine(command, stats.engine);
  add_threshold(command, stats.engine);
  add_settings(command, line.options);
}

void add_rank(CommandLine& line) {
  RankOptions& rank = line.options.rank;
  CLI::App& command = add_command(line, "rank", "a leaderboard with RS, from reports or flat metric files",
                                  "tise-eval rank checkpoints/*/report.json --output leaderboard.json\n"
                                  "tise-eval rank --over-time checkpoints/ --html history.html",
                                  Command::kRank, [&rank] { check_rank(rank); });
  add(command, kInputs, "reports FILE", rank.reports,
      "reports, {\"IS*\": 46.6, ...}, or a map of such entries by name");
  add(command, kInputs, "--over-time DIR", rank.over_time,
      "instead: the metrics over the checkpoints whose reports are below DIR, the steps from their paths");
  add_metrics(command, rank.metrics, "all of RS's, or a comma list: RS over these alone");
  add(command, kReports, "--output FILE", rank.output, "the leaderboard, as JSON [stdout]");
  add(command, kReports, "--html FILE", rank.html, "the same as a page");
  add_force(command, rank.force);
  add_settings(command, line.options);
}

void add_compare(CommandLine& line) {
  CompareOptions& compare = line.options.compare;
  CLI::App& command = add_command(
      line, "compare", "is B better than A? paired differences of runs, with their errors and tests",
      "tise-eval compare main.jsonl branch.jsonl\n"
      "tise-eval compare main.jsonl branch.jsonl --metrics FID,PA --fail-if-worse",
      Command::kCompare, [&compare] { check_compare(compare); });
  add(command, kInputs, "samples FILE|DIR", compare.samples,
      "files of --samples, or stores; the first is what the others are compared with")
      ->required();
  add_metrics(command, compare.metrics, "all that both have, or a comma list");
  add_alpha(command, compare.alpha);
  add(command, kGates, "--fail-if-worse", compare.fail_if_worse,
      "exit 1 where a metric is significantly worse than the first run's");
  add(command, kReports, "--output FILE", compare.output, "the comparison, as JSON [stdout]");
  add_force(command, compare.force);
  add_settings(command, line.options);
}

void add_merge(CommandLine& line) {
  EvaluateOptions& evaluate = line.options.merge.evaluate;
  CLI::App& command = add_command(
      line, "merge", "one report from the stores of all parts (--shard), or again from a whole run's",
      "tise-eval merge part-*/ --output report.json", Command::kMerge,
      [&evaluate] { check_scoring(evaluate); });
  add(command, kInputs, "stores DIR", line.options.merge.stores, "folders of --store, in any order")
      ->required();
  add_metrics(command, evaluate.metrics, "all that the stores were made for, or a comma list");
  add_real(command, evaluate, "where the statistics of real images are now (.npz), or others");
  add_outputs(command, evaluate);
  add_gates(command, evaluate.gates);
  add_force(command, evaluate.force);
  add_device(command, evaluate.engine);
  add_settings(command, line.options);
}

void add_models_command(CommandLine& line) {
  ModelsOptions& models = line.options.models;
  CLI::App& command =
      add_command(line, "models", "the models that are there, with their hashes; --verify runs them",
                  "tise-eval models --models models --verify", Command::kModels);
  add(command, kComputing, "--verify", models.verify,
      "compare their hashes with models.lock, run each and compare with the answer at its export");
  add(command, kComputing, "--lock", models.lock, "write models.lock: the hashes that --verify will ask for");
  add_engine(command, models.engine);
  add_log(command, line.options);
}

void add_annotate(CommandLine& line) {
  AnnotateOptions& annotate = line.options.annotate;
  CLI::App& command =
      add_command(line, "annotate", "captions with their positions, counts and objects, to check and correct",
                  "tise-eval annotate --captions captions.json --output annotated.jsonl", Command::kAnnotate);
  add(command, kInputs, "--captions FILE", annotate.captions,
      "captions: JSON, JSON Lines, COCO or CSV (required)")
      ->required();
  add_models(command, annotate.models,
             "folder whose maskrcnn.pt names the classes, or `shapes` [as for the main job, else COCO's]");
  add(command, kReports, "--output FILE", annotate.output, "JSON Lines [stdout]");
  add_log(command, line.options);
}

void add_calibrate(CommandLine& line) {
  CalibrateOptions& calibrate = line.options.calibrate;
  CLI::App& command = add_command(
      line, "calibrate", "the temperature of a classifier, from labelled images, for IS* and O-IS",
      "tise-eval calibrate --images val/ --labels labels.csv --output inception.pt", Command::kCalibrate);
  add(command, kInputs, "--images DIR|FILE", calibrate.images,
      "the labelled images: a folder, .zip or .tar (required)")
      ->required();
  add(command, kInputs, "--labels FILE", calibrate.labels,
      "their classes: numbers from 0, or names that the card has; JSON, JSON Lines or CSV (required)")
      ->required();
  add(command, kComputing, "--classifier FILE", calibrate.classifier,
      "the archive [inception.pt of the models folder]");
  add(command, kInputs, "--subset", calibrate.subset, "take only the labels whose images are there");
  add_store(command, calibrate.store);
  add(command, kReports, "--output FILE", calibrate.output,
      "a copy of the archive whose card has the temperature (.pt); the figures go to stdout");
  add_engine(command, calibrate.engine);
  add_settings(command, line.options);
}

void add_explain(CommandLine& line) {
  CLI::App& command = add_command(line, "explain", "a report's signature in words",
                                  "tise-eval explain report.json", Command::kExplain);
  add(command, kInputs, "signature SIGNATURE|FILE", line.options.explain.signature,
      "the signature, in quotes, or the report")
      ->required();
}

void add_completion(CommandLine& line) {
  CLI::App& command = add_command(line, "completion", "completion of flags, metrics and files for a shell",
                                  "eval \"$(tise-eval completion bash)\"\n"
                                  "tise-eval completion fish > tise-eval.fish",
                                  Command::kCompletion);
  add_choice<Shell>(command, kInputs, "shell", line.options.shell,
                    {{"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}},
                    "for ~/.bashrc; for a file _tise-eval in zsh's fpath; for ~/.config/fish/completions/")
      ->required()
      ->default_str("");
}

void add_man(CommandLine& line) {
  CLI::App& command =
      add_command(line, "man", "all of this as a manual page",
                  "tise-eval man > tise-eval.1\ntise-eval man --markdown > tise-eval.md", Command::kMan);
  add(command, kReports, "--markdown", line.options.man_as_markdown, "as Markdown (docs/reference.md)");
}

}  // namespace

CommandLine::CommandLine() : app(kDescription, "tise-eval") {
  const report::Tool tool = report::this_tool();
  app.set_version_flag("--version", tool.version + " (" + tool.commit + ")", "the version and its commit")
      ->group(kSettings);
  app.set_help_flag("-h,--help", "the flags of most runs, and the commands")->group(kSettings);
  app.set_help_all_flag("--help-all", "all flags of the main job")->group(kSettings);
  app.formatter(std::make_shared<HelpFormatter>());
  app.fallthrough(false);
  app.require_subcommand(0, 1);
  app.footer(kMainExamples);

  EvaluateOptions& evaluate = options.evaluate;
  add_evaluate_inputs(app, evaluate);
  add_evaluate_metrics(app, evaluate);
  add_engine(app, evaluate.engine);
  add_evaluate_store(app, evaluate);
  add_outputs(app, evaluate);
  add_gates(app, evaluate.gates);
  add_force(app, evaluate.force);
  add_settings(app, options);

  add_demo(*this);
  add_doctor(*this);
  add_stats(*this);
  add_compare(*this);
  add_rank(*this);
  add_merge(*this);
  add_calibrate(*this);
  add_annotate(*this);
  add_explain(*this);
  add_models_command(*this);
  add_completion(*this);
  add_man(*this);
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

}  // namespace tise::cli
