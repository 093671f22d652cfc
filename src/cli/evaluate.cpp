// The main job: what is asked for → what can be computed → what the store lacks → encode → score → report.

#include <chrono>
#include <ctime>
#include <functional>
#include <iostream>
#include <set>
#include <utility>

#include "against.h"
#include "commands.h"
#include "plan.h"
#include "reference.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/metrics/read_samples.h"
#include "tise/report/report.h"

namespace tise::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// What was given, read and checked before any network is loaded.
struct Inputs {
  std::optional<data::Captions> captions;  ///< where they came from; the items are in `dataset`
  std::size_t unknown_references = 0;
  std::optional<RealSource> real;
  data::Dataset dataset;
};

Inputs read_inputs(const EvaluateOptions& options) {
  Inputs inputs;
  if (options.captions) {
    inputs.captions = data::read_captions(*options.captions);
    if (options.references) {
      inputs.unknown_references = data::add_references(*inputs.captions, *options.references);
    }
  }
  auto images = data::list_images(options.images, "images");
  const auto missing = options.subset ? data::Missing::kSkip : data::Missing::kFail;
  inputs.dataset = inputs.captions ? data::match(std::move(images), std::move(*inputs.captions), missing)
                                   : data::without_captions(std::move(images));
  if (options.captions) check_item_metrics(inputs.dataset, *options.captions);
  return inputs;
}

void warn_of_inputs(const Inputs& inputs, Console& console) {
  if (const std::size_t unused = inputs.dataset.unused.size(); unused > 0) {
    console.warn(
        concat(unused, " images have no caption and are left out, such as ", inputs.dataset.unused.front()));
  }
  if (const std::size_t missing = inputs.dataset.missing.size(); missing > 0) {
    console.warn(concat(missing, " captions have no image and are left out (--subset), such as ",
                        inputs.dataset.missing.front()));
  }
  if (inputs.unknown_references > 0) {
    console.warn(concat(inputs.unknown_references, " images of the references file have no caption"));
  }
}

void announce(const Plan& plan, const Inputs& inputs, Console& console) {
  std::string will;
  std::string wont;
  for (const auto& [metric, reason] : plan.metrics) {
    if (reason.empty()) {
      will += (will.empty() ? "" : ", ") + std::string(metric->key);
    } else {
      wont += (wont.empty() ? "" : "; ") + std::string(metric->key) + ": " + reason;
    }
  }
  console.info(concat(inputs.dataset.images.size(), " images, ", inputs.dataset.pairs.size(),
                      " captions: computing ", will.empty() ? "nothing" : will));
  if (!wont.empty()) console.info("not computed: " + wont);
}

/// Calls `visit` with the texts that the plan's metrics read.
void for_each_text(const data::Dataset& dataset, const Plan& plan, const metrics::Settings& settings,
                   const std::function<void(const std::string&)>& visit) {
  const bool references = plan.computes("RefCLIP-S");
  const bool prompted = references || plan.computes("CLIP-S");
  const bool bare = plan.computes("RP");
  const bool distractors = bare && settings.rp == metrics::RpEstimator::kSampled;
  for (const data::Pair& pair : dataset.pairs) {
    if (prompted) visit(settings.prompt + pair.item.caption);
    if (bare) visit(pair.item.caption);
    if (references) {
      for (const std::string& reference : pair.item.references) visit(settings.prompt + reference);
    }
    if (distractors) {
      for (const std::string& distractor : pair.item.distractors) visit(distractor);
    }
  }
}

/// The dataset without the images that could not be used.
data::Dataset without(data::Dataset dataset, const std::vector<pipeline::BadImage>& bad) {
  if (bad.empty()) return dataset;
  std::set<std::string> left_out;
  for (const pipeline::BadImage& image : bad) left_out.insert(image.name);
  std::vector<std::size_t> new_index(dataset.images.size());
  data::Dataset kept;
  for (std::size_t i = 0; i < dataset.images.size(); ++i) {
    new_index[i] = kept.images.size();
    if (!left_out.contains(dataset.images[i].name))
      kept.images.push_back(std::move(dataset.images[i]));
    else
      new_index[i] = static_cast<std::size_t>(-1);
  }
  for (data::Pair& pair : dataset.pairs) {
    pair.image = new_index[pair.image];
    if (pair.image != static_cast<std::size_t>(-1)) kept.pairs.push_back(std::move(pair));
  }
  kept.unused = std::move(dataset.unused);
  kept.missing = std::move(dataset.missing);
  return kept;
}

nlohmann::ordered_json pair_json(const data::Pair& pair, const data::Dataset& dataset) {
  const data::Item& item = pair.item;
  nlohmann::ordered_json json{
      {"id", item.id}, {"image", dataset.images[pair.image].name}, {"caption", item.caption}};
  if (!item.references.empty()) json["references"] = item.references;
  if (item.opposite) json["opposite"] = *item.opposite;
  if (item.position) json["position"] = *item.position;
  if (item.counts) json["counts"] = *item.counts;
  if (item.objects) json["objects"] = *item.objects;
  if (!item.distractors.empty()) json["distractors"] = item.distractors;
  if (item.metrics) json["metrics"] = *item.metrics;
  return json;
}

void keep_pairs(store::Store& store, const data::Dataset& dataset) {
  store.set_pairs(dataset.pairs.size(), [&](std::size_t i) {
    return pair_json(dataset.pairs[i], dataset)
        .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  });
}

report::Inputs report_inputs(const EvaluateOptions& options, const Inputs& inputs,
                             const std::vector<pipeline::BadImage>& bad) {
  report::Inputs said;
  said.images.path = options.images.string();
  said.images.count = inputs.dataset.images.size();
  said.images.unused = inputs.dataset.unused;
  for (const pipeline::BadImage& image : bad) said.images.skipped.push_back(image.name + ": " + image.why);
  if (const auto& captions = inputs.captions) {
    said.captions = report::CaptionsInput{captions->path.string(), captions->format, captions->sha256,
                                          inputs.dataset.pairs.size(), inputs.dataset.missing};
  }
  return said;
}

void add_models(report::Report& report, const Engine& engine) {
  if (engine.clip() != nullptr) report.models["clip"] = {engine.clip()->card, engine.clip()->sha256};
  if (engine.inception() == nullptr) return;
  report.models["inception"] = {engine.inception()->card, engine.inception()->sha256};
  if (!report.settings.temperature) report.settings.temperature = engine.inception()->card.temperature;
}

/// The report as it will be if no image turns out bad, but for its numbers.
report::Report expected_report(report::Report report, const EvaluateOptions& options, const Inputs& inputs) {
  report.inputs = report_inputs(options, inputs, {});
  if (inputs.real) report.inputs.real = expected_real(*inputs.real);
  return report;
}

std::vector<report::MetricEntry> score(const Plan& plan, const metrics::Samples& samples,
                                       const metrics::Reference* reference,
                                       const metrics::Settings& settings) {
  std::vector<report::MetricEntry> entries;
  for (const auto& [metric, reason] : plan.metrics) {
    metrics::Result result =
        reason.empty() ? metric->compute(samples, reference, settings) : metrics::Result::undefined(reason);
    entries.push_back({std::string(metric->key), metric->higher_is_better, std::move(result)});
  }
  return entries;
}

void deliver(const EvaluateOptions& options, const report::Report& report, const data::Dataset& dataset,
             Console& console) {
  console.print(report::to_table(report));
  for (const std::string& warning : report.warnings) console.warn(warning);
  if (options.samples) write_atomically(*options.samples, "samples", report::to_samples(report, dataset));
  const std::string json = report::to_json(report);
  if (options.output) {
    write_atomically(*options.output, "report", json);
    return;
  }
  if (!(std::cout << json << std::flush)) throw InputError("report (standard output): can't be written");
}

/// Finds out early that an output can't be written: not after hours of work.
void check_writable(const std::optional<std::filesystem::path>& path, const char* role) {
  if (!path) return;
  if (std::filesystem::is_directory(*path))
    throw InputError(concat(role, " ", path->string(), ": is a folder"));
  const auto folder = path->has_parent_path() ? path->parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder)) {
    throw InputError(concat(role, " ", path->string(), ": its folder does not exist"));
  }
  if (!can_write_into(folder)) {
    throw InputError(concat(role, " ", path->string(), ": its folder can't be written to"));
  }
}

}  // namespace

ExitCode evaluate(const EvaluateOptions& options, World world) {
  const auto start = Clock::now();
  report::Report report;
  report.run.started = now_utc();
  check_writable(options.output, "report");
  check_writable(options.samples, "samples");

  const auto against = read_against(options, world.console);
  Inputs inputs = read_inputs(options);
  Plan plan = plan_metrics(options, inputs.dataset);
  if (plan.real) inputs.real = open_real(*options.real);
  Engine engine(options.engine, world);
  find_models(plan, options, engine);
  warn_of_inputs(inputs, world.console);
  announce(plan, inputs, world.console);

  report.settings = options.settings;
  report.run.precision = options.engine.precision;
  add_models(report, engine);
  check_against(expected_report(report, options, inputs), against, plan, options);
  const StoreFolder folder(options.store, world.interrupt);
  auto store = store::Store::open(folder.path(), engine.provenance(plan.clip, plan.inception));
  const auto work = engine.image_work(store, inputs.dataset.images, plan.clip, plan.inception, "image");
  engine.check_images(work);
  ImageWork real_work;
  if (plan.real) real_work = check_reference(*inputs.real, engine, folder.path() / "real");
  const auto bad = engine.encode_images(store, work);
  inputs.dataset = without(std::move(inputs.dataset), bad);
  keep_pairs(store, inputs.dataset);
  if (plan.clip) {
    engine.encode_texts(
        store, [&](const auto& visit) { for_each_text(inputs.dataset, plan, options.settings, visit); });
  }
  std::optional<LoadedReference> reference;
  if (plan.real) reference = load_reference(*inputs.real, real_work, engine, folder.path() / "real");
  engine.release_networks();

  report.inputs = report_inputs(options, inputs, bad);
  if (reference) report.inputs.real = reference->input;
  for (const auto& [role, model] : report.models) {
    if (!model.card.demo) continue;
    report.warnings.push_back(
        "the demo models know coloured shapes only: on other images these numbers mean "
        "nothing");
    break;
  }
  const auto samples = metrics::read_samples(store, inputs.dataset, options.settings.prompt,
                                             {.clip = plan.clip, .inception = plan.inception});
  report.metrics = score(plan, samples, reference ? &reference->reference : nullptr, report.settings);
  add_ranking_score(report, against, options);

  report.run.device = engine.device_name();
  report.run.stages = engine.stages();
  if (engine.images_encoded() > 0) {
    report.run.images_per_second = static_cast<double>(engine.images_encoded()) / engine.encoding_seconds();
  }
  report.run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  deliver(options, report, inputs.dataset, world.console);
  return ExitCode::kOk;
}

}  // namespace tise::cli
