#include "flags.h"

#include <limits>

#include "tise/base/concat.h"
#include "tise/models/models.h"

namespace tise::cli {
namespace {

/// Adds an option that takes `auto` or a number from 1 up.
CLI::Option* add_auto_number(CLI::App& app, const std::string& name, std::optional<std::size_t>& target,
                             const std::string& help) {
  return app
      .add_option_function<std::string>(
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
      ->default_str("auto")
      ->group(kComputing);
}

/// Accepts a number within limits, which NaN never is.
template <typename Number>
CLI::Validator within(Number low, Number high, const std::string& described) {
  return CLI::Validator(
      [=](std::string& text) {
        Number number = 0;
        const bool good = CLI::detail::lexical_cast(text, number) && number >= low && number <= high;
        return good ? std::string() : "\"" + text + "\" is not " + described;
      },
      "");
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
      ->type_name(kLimitType)
      ->group(kGates);
}

void add_gates(CLI::App& app, GateOptions& gates) {
  add_limits(app, "--fail-under", report::Gate::Kind::kFailUnder, gates,
             "exit 1 if a metric is below its limit, such as CLIP-S=0.7");
  add_limits(app, "--fail-over", report::Gate::Kind::kFailOver, gates,
             "exit 1 if a metric is above its limit, such as FID=20");
  add(app, kGates, "--baseline FILE|DIR", gates.baseline,
      "another run's --samples file or --store: adds a paired comparison");
  app.add_option_function<std::string>(
         "--fail-if-worse",
         [&gates](const std::string& metrics) {
           gates.fail_if_worse = CLI::detail::split(metrics, ',');
           for (std::string& metric : *gates.fail_if_worse) CLI::detail::trim(metric);
           std::erase(*gates.fail_if_worse, "");
         },
         "exit 1 if a metric (of LIST) is significantly worse than the baseline's")
      ->delimiter(',')
      ->multi_option_policy(
          CLI::MultiOptionPolicy::Join)  // takes at most one value, so that operands may follow it
      ->expected(0, 1)
      ->type_name("[LIST]")
      ->group(kGates);
  add_alpha(app, gates.alpha);
  add(app, kGates, "--junit FILE", gates.junit, "the gates as JUnit XML");
  add(app, kGates, "--markdown FILE", gates.markdown, "a Markdown summary for a pull request");
}

}  // namespace

CLI::Validator whole_within(std::int64_t low, std::int64_t high) {
  return within(low, high, concat("a whole number from ", low, " to ", high));
}

CLI::Validator temperature() {
  return within(std::numeric_limits<double>::min(), std::numeric_limits<double>::max(), "a number above 0");
}

void add_models_folder(CLI::App& app, std::optional<std::string>& models, const std::string& help) {
  add(app, kComputing, "--models DIR", models, help)->envname("TISE_MODELS");
}

void add_device(CLI::App& app, run::Encoding& encoding) {
  add(app, kComputing, "--device NAME", encoding.device, "cpu, cuda, cuda:N, or a list; auto: CUDA if usable")
      ->envname("TISE_DEVICE");
}

void add_device_and_threads(CLI::App& app, run::Encoding& encoding) {
  add_device(app, encoding);
  add_auto_number(app, "--threads", encoding.threads, "number of decoding and compute threads")
      ->envname("TISE_THREADS");
}

void add_encoding(CLI::App& app, run::Encoding& encoding) {
  add_models_folder(app, encoding.models, "folder of clip.pt, inception.pt, maskrcnn.pt, or `shapes`");
  add_device_and_threads(app, encoding);
  add_choice<std::string>(app, kComputing, "--precision", encoding.precision,
                          {{"fp32", "fp32"}, {"bf16", "bf16"}, {"fp16", "fp16"}, {"auto", "auto"}},
                          "precision of the networks; auto: fp16 on CUDA, bf16 on a CPU that supports it")
      ->envname("TISE_PRECISION");
  add_auto_number(app, "--batch-size", encoding.batch_size, "images per batch")->envname("TISE_BATCH_SIZE");
  add_choice<pipeline::OnBadImage>(
      app, kInputs, "--on-bad-image", encoding.on_bad_image,
      {{"fail", pipeline::OnBadImage::kFail}, {"skip", pipeline::OnBadImage::kSkip}},
      "fail lists all bad images and exits 3; skip leaves them out and records which");
  add_opening(app, encoding.opening);
}

void add_opening(CLI::App& app, image::Opening& opening) {
  app.add_option_function<std::string>(
         "--transform",
         [&opening](const std::string& text) {
           try {
             opening.transform = image::parse_transform(text);
           } catch (const std::invalid_argument& error) {
             throw CLI::ValidationError("--transform", error.what());
           }
         },
         "steps applied to all images, including real ones, before any network, such as "
         "square,resize=256:lanczos")
      ->type_name("STEPS")
      ->group(kInputs);
  add_choice<bool>(app, kInputs, "--exif", opening.turns, {{"ignore", false}, {"apply", true}},
                   "ignore EXIF orientations, as other evaluators do, or apply them");
  add(app, kInputs, "--first-frame", opening.first_frame,
      "use the first frame of animated files, which otherwise are bad images");
  add(app, kInputs, "--max-pixels N", opening.max_pixels,
      "reject images with more pixels than this, without decoding them")
      ->check(whole_within(1, image::kMaxPixels));
}

void add_store(CLI::App& app, std::optional<std::filesystem::path>& store) {
  add(app, kStoring, "--store DIR", store,
      "save what was encoded to this folder, and reuse what it already contains");
}

void add_threshold(CLI::App& app, metrics::Settings& settings) {
  add(app, kMetricsGroup, "--detector-threshold SCORE", settings.detector_threshold,
      "lowest score of a detected object")
      ->check(within(models::kLowestScore, 1.0, "a score from 0.05 (the lowest that a store keeps) to 1"));
}

void add_captions_reading(CLI::App& app, data::CaptionsReading& reading) {
  std::map<std::string, std::string> names;
  for (const data::CaptionsFormat& format : data::captions_formats()) {
    names.emplace(std::string(format.name), std::string(format.name));
  }
  add_choice(app, kInputs, "--captions-format", reading.format, names,
             "format of --captions [detected from its content]");
  app.add_option("--caption-field", reading.caption_field,
                 "field or column with the captions [caption, text, prompt, …]")
      ->type_name("NAME")
      ->group(kInputs);
}

void add_input_files(CLI::App& app, run::Spec& spec) {
  add(app, kInputs, "--images DIR|FILE", spec.images,
      "generated images: folder, archive, .npz, or - (stdin) (required)");
  add(app, kInputs, "--captions FILE|DIR", spec.captions,
      "captions or prompts: JSON, CSV, TSV, text, or files next to the images");
  add_captions_reading(app, spec.captions_reading);
  add(app, kInputs, "--image-pattern TEXT", spec.image_pattern,
      "how images are named, such as '{index:05}_{k}.png'; {index} is the row from 0, {number} from 1, {k} "
      "the copy, {prompt} or another name a field of the captions, * any text [detected]");
  add(app, kInputs, "--references FILE", spec.references,
      "human-written captions of the same images, for RefCLIP-S");
  add_real(app, spec.real, spec.real_objects,
           "real images or their statistics (.npz), for FID and the like; repeatable");
  add(app, kInputs, "--subset", spec.subset, "evaluate only the captions whose images exist");
}

CLI::Option* add_list(CLI::App& app, const char* group, std::string_view spelled,
                      std::vector<std::string>& list, const std::string& help) {
  return add(app, group, spelled, list, help)
      ->delimiter(',')
      ->transform(CLI::Validator(
          [](std::string& name) {
            CLI::detail::trim(name);
            return std::string();
          },
          ""))
      ->allow_extra_args(false);
}

CLI::Option* add_metrics(CLI::App& app, std::vector<std::string>& metrics, const std::string& help) {
  return add_list(app, kMetricsGroup, "--metrics LIST", metrics, help)->default_str("all");
}

void add_protocol(CLI::App& app, metrics::Settings& settings) {
  add_choice<metrics::Protocol>(
      app, kMetricsGroup, "--protocol", settings.protocol,
      {{"paper", metrics::Protocol::kPaper}, {"tise", metrics::Protocol::kTise}},
      "formulas of the papers, or of the TISE toolbox's code where it departs from them");
}

void add_recipe(CLI::App& app, CommandLine& line) {
  add(app, kMetricsGroup, "--recipe NAME", line.recipe,
      "use the flags of a published protocol (tise-eval recipes lists them); your own flags take precedence");
}

void add_alpha(CLI::App& app, double& alpha) {
  add(app, kGates, "--alpha P", alpha, "significance level (p-values are Holm-adjusted across metrics)")
      ->check(within(1e-12, 0.5, "a level above 0 and up to 0.5"));
}

void add_force(CLI::App& app, bool& force) {
  add(app, kGates, "--force", force, "rank or compare runs that are not comparable, with a warning");
}

void add_real(CLI::App& app, std::vector<run::Real>& real, std::optional<std::filesystem::path>& real_objects,
              const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
         "--real",
         [&real](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) real.push_back(run::parse_real(text));
         },
         help)
      ->allow_extra_args(false)
      ->type_name("DIR|FILE")
      ->group(kInputs);
  add(app, kInputs, "--real-objects FILE", real_objects,
      "statistics of the objects in real images, if they are in a separate file (.npz)");
}

void add_report(CLI::App& app, ReportOptions& options) {
  add(app, kReports, "--output FILE", options.output, "the report, as JSON [stdout]");
  add(app, kReports, "--samples FILE", options.samples, "scores and influences, one JSON line per pair");
  add(app, kReports, "--html FILE", options.html,
      "the report as a web page: charts, the best and the worst samples");
  add(app, kReports, "--against FILE", options.against,
      "reports or flat metric files to rank this run among: adds RS");
  add_gates(app, options.gates);
  add_force(app, options.force);
}

void add_log(CLI::App& app, CommandLine& line) {
  app.add_flag_callback(
         "--quiet", [&line] { line.log.verbosity = Verbosity::kQuiet; },
         "print only warnings and errors to stderr")
      ->group(kSettings);
  app.add_flag_callback(
         "--verbose", [&line] { line.log.verbosity = Verbosity::kVerbose; },
         "print more about what is being done")
      ->group(kSettings);
  app.add_flag_callback(
         kLogJsonFlag, [&line] { line.log.format = LogFormat::kJson; },
         "log to stderr as JSON, one object per line, with progress; no table")
      ->group(kSettings);
}

void add_config(CLI::App& app, CommandLine& line) {
  add(app, kSettings, "--config FILE", line.config, "TOML file with flags, such as images = \"samples/\"");
}

void add_settings(CLI::App& app, CommandLine& line) {
  add_config(app, line);
  add(app, kSettings, "--print-config", line.print_config,
      "print the flags in effect as such a file, and exit");
  add_log(app, line);
}

}  // namespace tise::cli
