// The main job: `tise-eval --images …`.

#include <limits>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "reporting.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/metrics/registry.h"

namespace tise::cli {
namespace {

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
                    CLI::detail::lexical_cast(numbers[1], of) && of > 0;
  if (!good) throw CLI::ValidationError("--shard", "\"" + text + "\" is not i/n; 8 parts are 0/8 to 7/8");
  if (index >= of) {
    throw CLI::ValidationError("--shard", concat("\"", text, "\": parts are numbered from 0; the last of ",
                                                 of, " is ", of - 1, "/", of));
  }
  return {index, of};
}

void add_evaluate_metrics(CLI::App& app, run::Spec& spec) {
  metrics::Settings& settings = spec.settings;
  add_metrics(app, spec.metrics.keys,
              concat("comma-separated: ", metrics::grouped_keys(), "; FD@NAME uses NAME.pt"));
  add_list(app, kMetricsGroup, "--split-by LIST", spec.split_by,
           "also report the metrics of pairs for each value of these fields of the captions");
  add_list(app, kMetricsGroup, "--split-metrics LIST", spec.split_metrics,
           "with --split-by: also report these metrics of whole sets, such as FID, for each value");
  add_protocol(app, settings);
  add(app, kMetricsGroup, "--prompt TEXT", settings.prompt,
      "text put before captions and references for CLIP-S and RefCLIP-S");
  add(app, kMetricsGroup, "--temperature T", settings.temperature,
      "temperature of IS* [the model card's; the toolbox's with --protocol tise]")
      ->check(temperature());
  add(app, kMetricsGroup, "--object-temperature T", settings.object_temperature,
      "temperature of O-IS [that in the card of the crops' classifier; the toolbox's with --protocol tise]")
      ->check(temperature());
  add(app, kMetricsGroup, "--splits N", settings.splits, "number of splits of IS, IS* and O-IS")
      ->check(whole_within(1, 1'000'000));
  add(app, kMetricsGroup, "--seed N", settings.seed,
      "seed of all random choices, such as the permutation before IS's splits")
      ->check(whole_within(0, std::numeric_limits<std::uint32_t>::max()));
  add_choice<metrics::Prompts>(
      app, kMetricsGroup, "--prompts", settings.prompts,
      {{"sampled", metrics::Prompts::kSampled}, {"fixed", metrics::Prompts::kFixed}},
      "errors cover other prompts and images (sampled), or other images of the same prompts (fixed)");
  for (const metrics::Setting* setting : metrics::settings_of_words()) {
    const std::string flag(setting->flag);
    std::map<std::string, std::string> words;
    for (const std::string_view word : setting->words) words.emplace(word, word);
    const std::string of_tise(setting->default_of_tise);
    settings.words[flag] = of_tise.empty() ? setting->default_word : "";  // empty: the protocol's default
    add_choice(app, kMetricsGroup, flag, settings.words[flag], words,
               concat(setting->help, of_tise.empty() ? ""
                                                     : concat(" [", setting->default_word, "; ", of_tise,
                                                              " with --protocol tise]")));
  }
  add_threshold(app, settings);
}

void add_evaluate_store(CLI::App& app, run::Spec& spec) {
  add_store(app, spec.store);
  app.add_option_function<std::string>(
         "--shard", [&spec](const std::string& text) { spec.part = parse_part(text); },
         "encode part i (from 0) of n equal parts into --store; tise-eval merge makes the report")
      ->type_name("i/n")
      ->group(kStoring);
}

/// A part is only encoded, so it takes no flags for reports.
void check_shard(const EvaluateOptions& options) {
  if (!options.spec.part) return;
  const GateOptions& gates = options.report.gates;
  const std::pair<const char*, bool> given[] = {{"--output", options.report.output.has_value()},
                                                {"--samples", options.report.samples.has_value()},
                                                {"--html", options.report.html.has_value()},
                                                {"--against", !options.report.against.empty()},
                                                {"--fail-under or --fail-over", !gates.limits.empty()},
                                                {"--baseline", gates.baseline.has_value()},
                                                {"--junit", gates.junit.has_value()},
                                                {"--markdown", gates.markdown.has_value()}};
  for (const auto& [flag, there] : given) {
    if (there)
      throw UsageError(
          concat(flag, ": cannot be used with --shard, which scores nothing; pass it to tise-eval merge"));
  }
}

/// Also spells the metrics as the registry does.
void check_split(run::Spec& spec) {
  if (spec.split_by.empty() && !spec.split_metrics.empty())
    throw UsageError("--split-metrics needs --split-by, which names the fields to split by");
  if (!spec.split_by.empty() && !spec.captions)
    throw UsageError("--split-by needs --captions, which contain the field");
  for (std::string& key : spec.split_metrics) {
    key = metrics::metric_named("--split-metrics", key).key();
    if (!spec.metrics.has(key))
      throw UsageError(concat("--split-metrics: ", key, " is not among --metrics; add it there"));
  }
}

void check(EvaluateOptions& options) {
  const run::Spec& spec = options.spec;
  if (spec.images.empty()) throw UsageError("--images is required; see tise-eval --help");
  check_shard(options);
  options.spec.metrics = resolve_report(options.report, spec.metrics.keys);
  check_split(options.spec);
}

}  // namespace

void add_evaluate(CommandLine& line) {
  const auto options = std::make_shared<EvaluateOptions>();
  line.set_main([options, &line](World world) {
    options->spec.recipe = line.recipe_used;
    check(*options);
    if (!run::is_follower()) return evaluate(*options, world);
    LogStyle quiet = world.console.style();
    quiet.verbosity = Verbosity::kQuiet;
    Console console(quiet);
    return evaluate(*options, {console, world.interrupt});
  });
  line.app.footer(kMainExamples);
  run::Spec& spec = options->spec;
  add_input_files(line.app, spec);
  add_evaluate_metrics(line.app, spec);
  add_recipe(line.app, line);
  add_encoding(line.app, spec.encoding);
  add_evaluate_store(line.app, spec);
  add_report(line.app, options->report);
  add_settings(line.app, line);
}

ExitCode evaluate(const EvaluateOptions& options, World world) {
  if (options.spec.part) {
    TerminalListener listener(world);
    run::evaluate(options.spec, listener);
    return ExitCode::kOk;
  }
  return report_on(options.report, options.spec.metrics, world,
                   [&](run::Listener& listener) { return run::evaluate(options.spec, listener); });
}

}  // namespace tise::cli
