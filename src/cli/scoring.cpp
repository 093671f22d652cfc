// From rows to what a run delivers: score → compare → report.

#include "scoring.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "against.h"
#include "notices.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/selection.h"
#include "tise/report/compare.h"
#include "tise/report/page.h"

namespace tise::cli {
namespace {

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void announce(const Plan& plan, const Inputs& inputs, const std::optional<data::Part>& part,
              Console& console) {
  std::vector<std::string_view> will;
  std::vector<std::string> wont;
  for (const auto& [metric, reason] : plan.metrics) {
    if (reason.empty()) {
      will.push_back(metric->key);
    } else {
      wont.push_back(std::string(metric->key) + ": " + reason);
    }
  }
  console.info(concat(part ? concat("part ", part->index, " of ", part->of, ": ") : "",
                      counted(inputs.dataset.images.size(), "image"), ", ",
                      counted(inputs.dataset.pairs.size(), "caption"), ": ",
                      part ? "encoding for " : "computing ", will.empty() ? "nothing" : joined(will)));
  if (!wont.empty()) console.info("not computed: " + joined(wont, "; "));
}

report::Inputs report_inputs(const EvaluateOptions& options, const Inputs& inputs,
                             const std::vector<pipeline::BadImage>& bad) {
  report::Inputs said;
  said.images.path = options.images.string();
  said.images.count = inputs.dataset.images.size();
  said.images.unused = inputs.dataset.unused;
  said.images.left_out = inputs.left_out;
  said.images.order = data::hash_of_order(inputs.dataset);
  for (const pipeline::BadImage& image : bad) {
    said.images.skipped.push_back(image.name + ": " + image.why);
  }
  if (const auto& captions = inputs.captions) {
    said.captions = report::CaptionsInput{.path = captions->path.string(),
                                          .format = captions->format,
                                          .sha256 = captions->sha256,
                                          .count = inputs.dataset.pairs.size(),
                                          .missing = inputs.dataset.missing,
                                          .pairs = inputs.pairs_sha256,
                                          .references = inputs.references_sha256,
                                          .evaluated = data::hash_of_numbers(inputs.dataset),
                                          .notes = inputs.caption_notes};
  }
  if (const auto& references = inputs.references) {
    said.references = report::ReferencesInput{options.references->string(), references->sha256};
  }
  return said;
}

/// A classifier's temperature: the one given, else the protocol's, else the card's.
void choose_temperature(std::optional<double>& temperature, double of_tise, std::optional<double> of_card,
                        const char* flag, report::Report& report) {
  if (temperature) return;
  temperature = of_card;
  if (report.settings.protocol != metrics::Protocol::kTise) return;
  temperature = of_tise;
  if (!of_card || *of_card == of_tise) return;
  report.warnings.push_back(concat("--protocol tise takes its own temperature, ", of_tise,
                                   ", not the card's ", *of_card, "; ", flag, " ", *of_card,
                                   " would take that"));
}

void add_models(report::Report& report, const Engine& engine, const metrics::Needs& needs) {
  const auto add = [&](const std::string& role, const models::Archive* archive) {
    if (archive != nullptr) report.models[role] = {archive->card, archive->sha256};
  };
  add("clip", engine.archive("clip"));
  add("inception", engine.archive("inception"));
  add("inception_fid", engine.archive("inception_fid"));
  if (needs.crops) add("inception_objects", engine.archive("inception_objects"));
  if (engine.groups_for(needs).detections) add("detector", engine.archive("maskrcnn"));
  add("counter", engine.archive("counter"));
  if (needs.counts && !report.models.contains("detector")) add("labels", engine.archive("maskrcnn"));
  metrics::Settings& settings = report.settings;
  if (needs.clip) settings.logit_scale = engine.archive("clip")->card.logit_scale;
  if (needs.inception) {
    choose_temperature(settings.temperature, metrics::kTiseTemperature,
                       engine.archive("inception")->card.temperature, "--temperature", report);
  }
  if (needs.crops) {
    choose_temperature(settings.object_temperature, metrics::kTiseObjectTemperature,
                       engine.crop_archive()->card.temperature, "--object-temperature", report);
  }
}

void warn_of_demo_models(report::Report& report) {
  const auto is_demo = [](const auto& model) { return model.second.card.demo; };
  if (std::none_of(report.models.begin(), report.models.end(), is_demo)) return;
  report.warnings.emplace_back(
      "the demo models know coloured shapes only: on other images these numbers mean nothing");
}

void add_skipped(report::Report& report, const Inputs& inputs, const Rows& rows) {
  const auto add = [&](const std::vector<pipeline::BadImage>& bad, std::size_t usable, const char* role) {
    if (!bad.empty()) report.warnings.push_back(about_skipped(bad, usable + bad.size(), role));
  };
  add(rows.bad, inputs.dataset.images.size(), "image");
  add(rows.real.bad, usable_names(inputs.real, rows.real).size(), "real image");
}

void warn_of_copies(report::Report& report, std::size_t copies) {
  if (copies == 0) return;
  report.warnings.push_back(concat(copies, " of ", counted(report.inputs.images.count, "image"),
                                   copies == 1 ? " is a real one" : " are real ones",
                                   " too, byte for byte: distances to the real images are too small"));
}

void warn_of_cut_texts(report::Report& report, std::size_t cut) {
  if (cut == 0) return;
  report.inputs.captions->cut = cut;
  report.warnings.push_back(concat(counted(cut, "text"), cut == 1 ? " was" : " were", " cut at CLIP's ",
                                   report.models.at("clip").card.context_length,
                                   " tokens; the rest is ignored"));
}

/// Which column group each kind of rows is read from, and which texts. Refers to its arguments.
metrics::Reading reading_of(const Plan& plan, const Engine& engine, const metrics::Settings& settings) {
  const metrics::Needs& needs = plan.needs;
  metrics::Reading reading;
  const Groups groups = engine.groups_for(needs);
  if (needs.clip) reading.clip = "clip";
  if (needs.inception) reading.inception = "inception";
  if (needs.fid) reading.fid = groups.inception_fid ? "inception_fid" : "inception";
  if (needs.crops) reading.crops = pipeline::kCrops;
  if (groups.counts) reading.counts = pipeline::kCounts;
  if (groups.detections) reading.detections = pipeline::kDetections;
  reading.prompt = settings.prompt;
  reading.texts = [&](const data::Item& item, const auto& visit) {
    visit_texts(item, plan, settings, visit);
  };
  reading.threshold = settings.detector_threshold;
  reading.classes = object_classes(engine);
  return reading;
}

/// How many images a metric uses.
std::size_t images_used(const std::string& metric, const data::Dataset& dataset) {
  if (dataset.pairs.empty()) return dataset.images.size();
  std::vector<bool> used(dataset.images.size(), false);
  for (const data::Pair& pair : dataset.pairs) {
    const auto& only = pair.item.metrics;
    if (!only || std::find(only->begin(), only->end(), metric) != only->end()) used[pair.image] = true;
  }
  return static_cast<std::size_t>(std::count(used.begin(), used.end(), true));
}

/// How many samples a metric will rest on; 0 where that isn't known before they are looked at.
std::size_t expected_samples(const metrics::Metric& metric, const Inputs& inputs,
                             metrics::Protocol protocol) {
  if (metric.needs.crops) return 0;
  const std::size_t images = images_used(std::string(metric.key), inputs.dataset);
  return metric.needs.fid ? metrics::fid_samples(images, protocol) : images;
}

/// The report as it will be if no image turns out bad, with 1 for every value.
report::Report expected_report(report::Report report, const EvaluateOptions& options, const Inputs& inputs,
                               const Plan& plan) {
  report.inputs = report_inputs(options, inputs, {});
  if (plan.needs.real || plan.needs.real_objects)
    report.inputs.real = expected_real(inputs.real, report.settings.protocol);
  for (const auto& [metric, reason] : plan.metrics) {
    metrics::Result result =
        reason.empty() ? metrics::Result::of(1, expected_samples(*metric, inputs, report.settings.protocol))
                       : metrics::Result::undefined(reason);
    report.metrics.push_back({std::string(metric->key), metric->higher_is_better, std::move(result)});
  }
  return report;
}

std::vector<report::MetricEntry> score(const Plan& plan, const metrics::Samples& samples,
                                       const metrics::Reference& reference,
                                       const metrics::Settings& settings) {
  std::vector<report::MetricEntry> entries;
  for (const auto& [metric, reason] : plan.metrics) {
    metrics::Result result =
        reason.empty() ? metric->compute(samples, &reference, settings) : metrics::Result::undefined(reason);
    entries.push_back({std::string(metric->key), metric->higher_is_better, std::move(result)});
  }
  return entries;
}

/// What was detected in an image, by names; empty where the run looked for no objects.
report::DetectionsOf detections_of(const report::Report& report, const store::Store& store) {
  const auto detector = report.models.find("detector");
  if (detector == report.models.end()) return {};
  auto reader = std::make_shared<store::DetectionReader>(store);
  return [reader, labels = detector->second.card.labels,
          threshold = report.settings.detector_threshold](const std::string& image) {
    std::vector<report::Detection> found;
    const models::Detections stored = reader->read(image).value_or(models::Detections{});
    const std::int64_t count = stored.scores.defined() ? pipeline::count_from(stored.scores, threshold) : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double score = stored.scores[i].item<double>();
      const auto* box = stored.boxes[i].const_data_ptr<float>();
      const auto label = static_cast<std::size_t>(stored.labels[i].item<std::int64_t>());
      found.push_back({labels.at(label - 1), score, {box[0], box[1], box[2], box[3]}});
    }
    return found;
  };
}

void deliver_all(const EvaluateOptions& options, const report::Report& report, const data::Dataset& dataset,
                 const store::Store& store) {
  if (options.store && !store.is_read_only()) {  // what was detected is in its chunks
    write_atomically(*options.store / report::kStoreSamples, "samples",
                     [&](const auto& write) { report::write_samples(report, dataset, {}, write); });
  }
  const bool shows_detections = options.samples || options.html;
  const auto detections = shows_detections ? detections_of(report, store) : report::DetectionsOf();
  if (options.samples) {
    write_atomically(*options.samples, "samples",
                     [&](const auto& write) { report::write_samples(report, dataset, detections, write); });
  }
  if (options.html) deliver(options.html, "page", report::report_page(report, dataset, detections));
  deliver(options.output, "report", report::to_json(report));
}

const EvaluateOptions& with_writable_outputs(const EvaluateOptions& options) {
  if (!options.shard) check_deliverable(options.output, "report");
  check_writable(options.samples, "samples");
  check_writable(options.html, "page");
  return options;
}

}  // namespace

Scoring::Scoring(const EvaluateOptions& options, World world)
    : options_(with_writable_outputs(options)),
      world_(world),
      against_(read_against(options, world.console)),
      gates_(options) {
  report_.run.started = now_utc();
}

void Scoring::prepare(const Inputs& inputs, const Plan& plan, Engine& engine) {
  announce(plan, inputs, options_.shard, world_.console);
  report_.settings = options_.settings;
  report_.settings.detector_threshold = options_.engine.detector_threshold;
  report_.settings.device = engine.device();
  report_.run.precision = engine.precision_name();
  add_models(report_, engine, plan.needs);
  const report::Report expected = expected_report(report_, options_, inputs, plan);
  check_against(expected, against_, options_);
  gates_.check(expected, world_.console);
}

ExitCode Scoring::deliver(const Inputs& inputs, const Plan& plan, Engine& engine, const Rows& rows) {
  const LoadedReference reference =
      load_reference(inputs.real, plan.needs, rows.real, report_.settings.protocol, engine);
  report_.inputs = report_inputs(options_, inputs, rows.bad);
  report_.inputs.real = reference.input;
  add_skipped(report_, inputs, rows);
  warn_of_copies(report_,
                 count_copies(rows.store, inputs.dataset, plan.needs, inputs.real, rows.real, engine));
  warn_of_demo_models(report_);
  const auto samples =
      metrics::read_samples(rows.store, inputs.dataset, reading_of(plan, engine, report_.settings));
  warn_of_cut_texts(report_, samples.cut_texts);
  report_.metrics = score(plan, samples, reference.reference, report_.settings);
  add_ranking_score(report_, inputs.dataset, against_, options_);
  gates_.apply(report_, inputs.dataset);

  report_.run.device = engine.device_name();
  report_.run.stages = engine.stages();
  if (engine.images_encoded() > 0) {
    report_.run.images_per_second = static_cast<double>(engine.images_encoded()) / engine.encoding_seconds();
  }
  report_.run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  world_.console.print(report::to_table(report_));
  for (const std::string& warning : report_.warnings) world_.console.warn(warning);
  // These were said when the inputs were read.
  report_.warnings.insert(report_.warnings.begin(), inputs.notices.begin(), inputs.notices.end());
  deliver_all(options_, report_, inputs.dataset, rows.store);
  return gates_.deliver(report_, world_.console);
}

}  // namespace tise::cli
