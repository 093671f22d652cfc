// From rows to the report.

#include "scoring.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ranges>
#include <string_view>
#include <utility>

#include "notices.h"
#include "pictures.h"
#include "tise/base/clock.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/by_value.h"
#include "tise/metrics/read_samples.h"
#include "tise/models/kind.h"

namespace tise::run {
namespace {

/// `20 images, 20 captions`; if images share captions, `20 images of 5 prompts (4 each)`.
std::string images_and_captions(const data::Dataset& dataset) {
  std::map<std::string_view, std::size_t> images;
  for (const data::Pair& pair : dataset.pairs) ++images[pair.item.caption];
  const std::string all = counted(dataset.images.size(), "image");
  if (images.empty()) return all + ", no captions";
  const bool is_by_prompt =
      dataset.pairs.size() == dataset.images.size() && images.size() < dataset.pairs.size();
  if (!is_by_prompt) return concat(all, ", ", counted(dataset.pairs.size(), "caption"));
  const auto [fewest, most] = std::ranges::minmax(images | std::views::values);
  return concat(all, " of ", counted(images.size(), "prompt"), " (", fewest,
                fewest == most ? "" : concat(" to ", most), " each)");
}

void announce(const Plan& plan, const Inputs& inputs, const std::optional<data::Part>& part,
              Listener& listener) {
  std::vector<std::string> will;
  std::vector<std::string> wont;
  for (const Planned& planned : plan.metrics) {
    if (planned.is_computed()) {
      will.push_back(planned.key());
    } else {
      wont.push_back(planned.key() + ": " + planned.reason);
    }
  }
  listener.info(concat(part ? concat("part ", part->index, " of ", part->of, ": ") : "",
                       images_and_captions(inputs.dataset), ": ", part ? "encoding for " : "computing ",
                       will.empty() ? "nothing" : joined(will)));
  if (!wont.empty()) listener.info("not computed: " + joined(wont, "; "));
}

report::Inputs report_inputs(const Inputs& inputs, const std::vector<pipeline::BadImage>& bad) {
  report::Inputs said;
  said.images.path = inputs.images.string();
  said.images.count = inputs.dataset.images.size();
  said.images.unused = inputs.dataset.unused;
  said.images.left_out = inputs.left_out;
  said.images.order = data::hash_of_order(inputs.dataset);
  said.images.skipped = lines_about(bad);
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
    said.references = report::ReferencesInput{references->path.string(), references->sha256};
  }
  return said;
}

report::ModelUsed used(const models::Archive& archive) {
  const models::Card& card = archive.card;
  return {std::string(card.kind->name),
          card.name,
          archive.sha256,
          image::to_string(card.input),
          card.json.value("input", nlohmann::ordered_json::object()),
          card.source,
          card.demo};
}

void add_models(report::Report& report, const Plan& plan) {
  for (const Planned* planned : plan.computed()) {
    for (const Part& part : planned->cast) {
      report.played[part.field] = part.stem;
      report.models.try_emplace(part.stem, used(*part.archive));
    }
  }
}

void warn_of_demo_models(report::Report& report) {
  const auto is_demo = [](const auto& model) { return model.second.demo; };
  if (std::none_of(report.models.begin(), report.models.end(), is_demo)) return;
  report.warnings.emplace_back(
      "the demo models know only colored shapes; on other images these numbers mean nothing");
}

void add_skipped(report::Report& report, const Inputs& inputs, const Rows& rows) {
  const auto add = [&](const std::vector<pipeline::BadImage>& bad, std::size_t usable, const char* role) {
    if (!bad.empty()) report.warnings.push_back(about_skipped(bad, usable + bad.size(), role));
  };
  add(rows.bad, inputs.dataset.images.size(), "image");
  add(rows.real.bad, usable_names(inputs.real.images, rows.real.bad).size(), "real image");
}

void warn_of_copies(report::Report& report, std::size_t copies) {
  if (copies == 0) return;
  report.warnings.push_back(concat(
      copies, " of ", counted(report.inputs.images.count, "image"),
      copies == 1 ? " is a byte-for-byte copy of a real one" : " are byte-for-byte copies of real ones",
      ": distances to the real images are too small"));
}

/// Adds what the headers of generated and real images show, and warnings about what is unusual.
void add_pictures(report::Report& report, const Inputs& inputs, const Plan& plan, const Rows& rows) {
  const GroupTable groups = groups_of(plan.computed());
  const auto of_images = std::ranges::find(*groups, false, &Group::is_of_texts);
  if (of_images == groups->end()) return;
  report::Pictures& pictures = report.inputs.images.pictures;
  pictures = pictures_in(rows.store, of_images->name, usable_names(inputs.dataset.images, {}));
  report::Pictures* real = nullptr;
  if (report.inputs.real && rows.real.store) {
    real = &report.inputs.real->pictures;
    *real = pictures_in(*rows.real.store, rows.real.groups->front().name,
                        usable_names(inputs.real.images, rows.real.bad));
  }
  for (std::string& sentence : about_pictures(pictures, real, plan.opening))
    report.warnings.push_back(std::move(sentence));
}

void warn_of_cut_texts(report::Report& report, const Plan& plan, const metrics::Samples& samples) {
  for (const auto& [stem, texts] : samples.texts) {
    if (texts.cut == 0) continue;
    const auto computed = plan.computed();
    const auto reads = [&stem = stem](const Planned* planned) { return planned->own().stem == stem; };
    const Planned& reader = **std::ranges::find_if(computed, reads);
    report.inputs.captions->cut = std::max(report.inputs.captions->cut, texts.cut);
    report.warnings.push_back(concat(counted(texts.cut, "text"), texts.cut == 1 ? " was" : " were",
                                     " cut at ", reader.own().archive->card.context_length, " tokens by ",
                                     stem, ".pt; the rest is ignored"));
  }
}

/// The parts of a store that the metrics read.
metrics::Wanted wanted(const Plan& plan) {
  metrics::Wanted wanted;
  const models::Archive* labels = plan.labels();
  wanted.classes = class_names(labels);
  for (const Planned* planned : plan.computed()) {
    wanted.prompt = planned->settings.prompt;
    wanted.sources.push_back(source_of(*planned, labels));
    if (planned->is_of_crops()) wanted.sources.push_back(objects_of(*planned, labels));
  }
  const GroupTable groups = groups_of(plan.computed());
  for (const Group& group : *groups) {
    if (!group.is_of_texts) continue;
    wanted.texts.push_back(
        {group.name, group.stem, [&plan, stem = group.stem](const data::Item& item, const auto& visit) {
           visit_texts(item, plan, stem, visit);
         }});
  }
  return wanted;
}

/// The number of images that a metric uses.
std::size_t images_used(const std::string& metric, const data::Dataset& dataset) {
  if (dataset.pairs.empty()) return dataset.images.size();
  std::vector<bool> used(dataset.images.size(), false);
  for (const data::Pair& pair : dataset.pairs) {
    const auto& only = pair.item.metrics;
    if (!only || std::find(only->begin(), only->end(), metric) != only->end()) used[pair.image] = true;
  }
  return static_cast<std::size_t>(std::count(used.begin(), used.end(), true));
}

/// The number of samples a metric will use; 0 if that isn't known yet.
std::size_t expected_samples(const Planned& planned, const Inputs& inputs) {
  if (planned.is_of_crops()) return 0;
  const metrics::Metric& metric = planned.metric();
  const std::size_t images = images_used(std::string(metric.key), inputs.dataset);
  const bool is_of_moments = metric.real == metrics::OfReal::kMoments;
  return is_of_moments ? metrics::fid_samples(images, planned.settings.protocol) : images;
}

report::MetricEntry entry_of(const Planned& planned, metrics::Result result) {
  return {planned.key(), planned.metric().higher_is_better, std::move(result), planned.settings};
}

/// The report to expect if no image is bad, with 1 for every value.
report::Report expected_report(report::Report report, const Inputs& inputs, const Plan& plan) {
  report.inputs = report_inputs(inputs, {});
  if (plan.reads_real()) report.inputs.real = expected_real(inputs.real, plan);
  for (const Planned& planned : plan.metrics) {
    report.metrics.push_back(entry_of(planned, planned.is_computed()
                                                   ? metrics::Result::of(1, expected_samples(planned, inputs))
                                                   : metrics::Result::undefined(planned.reason)));
  }
  return report;
}

/// The inputs of a metric's computation.
metrics::Reading reading_of(const Planned& planned, const Plan& plan, const metrics::Samples& samples,
                            const LoadedReal& real) {
  const metrics::Metric& metric = planned.metric();
  metrics::Reading reading{metric.key, samples, planned.settings};
  const models::Archive* labels = plan.labels();
  reading.rows = &samples.groups.at(source_of(planned, labels).name());
  reading.column = column_of(planned);
  if (planned.is_of_crops()) reading.objects = &samples.groups.at(objects_of(planned, labels).name());
  if (metric.texts != nullptr) reading.texts = &samples.texts.at(planned.own().stem);
  if (metric.reads_real()) reading.real = &real.features.at(planned.real_field());
  return reading;
}

std::vector<report::MetricEntry> score_all(const Plan& plan, const metrics::Samples& samples,
                                           const LoadedReal& real) {
  std::vector<metrics::Step> steps;
  for (const Planned& planned : plan.metrics) {
    if (planned.is_computed()) {
      steps.push_back(planned.metric().start(reading_of(planned, plan, samples, real)));
    } else {
      steps.emplace_back(metrics::Result::undefined(planned.reason));
    }
  }
  std::vector<metrics::Result> results = metrics::finish(std::move(steps));
  std::vector<report::MetricEntry> entries;
  for (std::size_t i = 0; i < results.size(); ++i)
    entries.push_back(entry_of(plan.metrics[i], std::move(results[i])));
  return entries;
}

/// The indices of the pairs for each value of a field. Values that are numbers are in numeric order.
using Parts =
    std::map<std::string, std::vector<std::size_t>, bool (*)(const std::string&, const std::string&)>;
Parts parts_by(const std::string& field, const data::Dataset& dataset) {
  Parts parts([](const std::string& a, const std::string& b) { return data::comes_before(a, b); });
  for (std::size_t i = 0; i < dataset.pairs.size(); ++i) {
    if (const std::string* value = dataset.pairs[i].item.field(field)) parts[*value].push_back(i);
  }
  return parts;
}

/// Adds to the report's entries the result over the pairs with each value of a field: for metrics of pairs,
/// and for the metrics of whole sets in --split-metrics. One value at a time, since a metric of a set may
/// need much memory.
void split_by(const std::string& field, report::Report& report, const Plan& plan,
              const metrics::Samples& samples, const LoadedReal& real, const Inputs& inputs) {
  std::vector<std::size_t> of_pairs;
  std::vector<std::size_t> of_sets;
  for (std::size_t i = 0; i < report.metrics.size(); ++i) {
    const report::MetricEntry& entry = report.metrics[i];
    if (!entry.result.value) continue;
    if (metrics::has_scores_of_pairs(entry.result))
      of_pairs.push_back(i);
    else if (std::ranges::find(inputs.split_metrics, entry.key) != inputs.split_metrics.end())
      of_sets.push_back(i);
  }
  for (const auto* chosen : {&of_pairs, &of_sets}) {
    for (const std::size_t i : *chosen) report.metrics[i].by.push_back({field, {}});
  }
  metrics::Samples some = metrics::without_pairs(samples);
  for (const auto& [value, pairs] : parts_by(field, inputs.dataset)) {
    metrics::take_pairs(some, samples, pairs);
    const auto add = [&, &value = value](std::size_t i, metrics::Result result) {
      result.influence.clear();  // reports don't show these by value
      result.pair_scores.clear();
      result.strata = {};
      report.metrics[i].by.back().values.emplace_back(value, std::move(result));
    };
    for (const std::size_t i : of_pairs) {
      add(i, metrics::over_pairs(plan.metrics[i].metric(), report.metrics[i].result, pairs, some,
                                 plan.metrics[i].settings.prompts));
    }
    std::vector<metrics::Step> steps;
    for (const std::size_t i : of_sets)
      steps.push_back(plan.metrics[i].metric().start(reading_of(plan.metrics[i], plan, some, real)));
    std::vector<metrics::Result> results = metrics::finish(std::move(steps));
    for (std::size_t s = 0; s < results.size(); ++s) add(of_sets[s], std::move(results[s]));
  }
}

/// A function that returns the detections in an image, with their class names; empty if the run used no
/// detector.
report::DetectionsOf detections_of(const Plan& plan, const store::Reader& store) {
  const GroupTable groups = groups_of(plan.computed());
  for (const Group& group : *groups) {
    if (!group.parent.empty() || group.archive->card.kind->items.empty()) continue;
    auto reader = std::make_shared<store::DetectionReader>(store, group.name);
    return [reader, labels = group.archive->card.labels,
            threshold = plan.computed().front()->settings.detector_threshold](const std::string& image) {
      std::vector<report::Detection> found;
      const models::Detections stored = reader->read(image).value_or(models::Detections{});
      const std::int64_t count = stored.scores.defined() ? store::count_from(stored.scores, threshold) : 0;
      for (std::int64_t i = 0; i < count; ++i) {
        const double score = stored.scores[i].item<double>();
        const auto* box = stored.boxes[i].const_data_ptr<float>();
        const auto label = static_cast<std::size_t>(stored.labels[i].item<std::int64_t>());
        found.push_back({labels.at(label - 1), score, {box[0], box[1], box[2], box[3]}});
      }
      return found;
    };
  }
  return {};
}

}  // namespace

report::Report begin_report(const Inputs& inputs, const Plan& plan, const metrics::Settings& settings,
                            const std::optional<data::Part>& part, Listener& listener) {
  announce(plan, inputs, part, listener);
  report::Report report;
  report.run.started = now_utc();
  report.run.precision = plan.precision;
  report.settings = settings;
  report.opening = plan.opening;
  report.warnings = plan.warnings;
  add_models(report, plan);
  listener.planned(expected_report(report, inputs, plan));
  return report;
}

void note_recipe(report::Report& report, const std::optional<report::RecipeUsed>& recipe) {
  report.recipe = recipe;
  if (!recipe) return;
  if (!recipe->tried)
    report.warnings.push_back(
        concat("recipe ", recipe->name,
               " is untried: nobody has run it with the published weights and compared the results"));
  if (!recipe->overridden.empty())
    report.warnings.push_back(concat("recipe ", recipe->name, ": its settings for ",
                                     joined(recipe->overridden), " were overridden"));
}

Outcome score(report::Report report, Inputs inputs, const Plan& plan, const Rows& rows) {
  const LoadedReal real = load_real(inputs.real, plan, rows.real);
  const auto samples = metrics::read_samples(rows.store, inputs.dataset, wanted(plan));
  report.inputs = report_inputs(inputs, rows.bad);
  report.inputs.real = real.input;
  add_skipped(report, inputs, rows);
  warn_of_copies(report, count_copies(rows.store, inputs.dataset, plan, inputs.real, rows.real));
  add_pictures(report, inputs, plan, rows);
  warn_of_demo_models(report);
  warn_of_cut_texts(report, plan, samples);
  report.metrics = score_all(plan, samples, real);
  for (const std::string& field : inputs.split_by) split_by(field, report, plan, samples, real, inputs);
  // These were already printed when the inputs were read.
  report.warnings.insert(report.warnings.begin(), inputs.notices.begin(), inputs.notices.end());
  auto detections = detections_of(plan, rows.store);
  return {std::move(report), inputs.notices.size(), std::move(inputs.dataset), std::move(detections)};
}

}  // namespace tise::run
