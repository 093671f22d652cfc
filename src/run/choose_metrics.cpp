// From the requested metrics and the inputs to what can be computed, and with which settings.

#include "choose_metrics.h"

#include <algorithm>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"

namespace tise::run {
namespace {

bool any_references(const data::Dataset& dataset) {
  return std::ranges::any_of(dataset.pairs,
                             [](const data::Pair& pair) { return !pair.item.references.empty(); });
}

/// An input that is missing for a metric, and how to give it.
struct Lack {
  std::string reason;  ///< empty: none
  std::string remedy;
};

/// The value of --real for metrics that need the features of each real image.
constexpr const char* kRealRows = "--real DIR, a folder of images or a store made by tise-eval stats";

Lack missing_input(const metrics::Metric& metric, const Inputs& inputs) {
  if (metric.items.captions && !inputs.captions) return {"no captions given", "--captions FILE"};
  if (metric.items.references && !any_references(inputs.dataset)) {
    return {"no references given", "--references FILE, or references in the captions file"};
  }
  const bool is_of_objects = metric.role->finder != nullptr;
  if (metric.reads_real() && !inputs.real.is_given() && !(is_of_objects && inputs.real.objects)) {
    const bool is_of_rows = metric.real == metrics::OfReal::kRows;
    return {"no real images given", concat(is_of_rows ? kRealRows : "--real DIR or FILE",
                                           is_of_objects ? ", or --real-objects FILE" : "")};
  }
  return {};
}

/// Only a metric that was requested by its name or by a group's has the remedy in its reason. Such a metric
/// is an error if it is required.
void strike_out(Planned& planned, const Lack& lack, const Asked& asked, bool is_required) {
  if (lack.reason.empty()) return;
  planned.reason = lack.reason;
  if (!asked.names(planned.chosen)) return;
  planned.reason += concat(" (", lack.remedy, ")");
  if (is_required) throw UsageError(concat(planned.key(), ": ", planned.reason));
}

/// Chooses a temperature: the one given, else the protocol's, else the card's. Warns if the protocol's
/// differs from the card's.
void choose_temperature(std::optional<double>& temperature, const metrics::Setting& setting,
                        const Planned& planned, std::vector<std::string>& warnings) {
  if (temperature) return;
  const std::optional<double>& of_card = planned.own().archive->card.temperature;
  temperature = of_card;
  if (planned.settings.protocol != metrics::Protocol::kTise) return;
  temperature = setting.of_tise;
  if (!of_card || *of_card == setting.of_tise) return;
  std::string warning =
      concat("--protocol tise uses temperature ", setting.of_tise, " instead of the card's ", *of_card,
             "; pass ", setting.flag, " ", *of_card, " to use the card's");
  if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(std::move(warning));
}

/// All metrics of a run must use the labels of one archive for the objects in captions. Without maskrcnn.pt
/// each metric has those of its own detector, which then must be equal.
void agree_on_labels(Plan& plan, const std::filesystem::path& folder) {
  const Planned* first = nullptr;
  for (Planned& planned : plan.metrics) {
    if (!planned.is_computed() || !planned.metric().items.objects) continue;
    const auto labels = std::ranges::find(planned.cast, &metrics::kLabels, &Part::role);
    if (labels == planned.cast.end()) continue;
    if (first == nullptr) first = &planned;
    const Part& agreed = *first->part(metrics::kLabels);
    const models::Card& a = agreed.archive->card;
    const models::Card& b = labels->archive->card;
    if (a.labels != b.labels || a.synonyms != b.synonyms) {
      throw UsageError(
          concat(first->key(), " and ", planned.key(),
                 ": their models have different labels; compute the metrics in two runs, or add a "
                 "maskrcnn.pt, whose labels all metrics then use, to ",
                 folder.string()));
    }
    labels->stem = agreed.stem;
    labels->archive = agreed.archive;
  }
}

}  // namespace

std::vector<metrics::Chosen> asked_metrics(const std::vector<std::string>& keys) {
  std::vector<metrics::Chosen> asked;
  for (const std::string& key : metrics::in_order(keys)) asked.push_back(*metrics::find_chosen(key));
  if (!keys.empty()) return asked;
  for (const metrics::Metric* metric : metrics::in_group(metrics::kBag)) asked.push_back({metric, ""});
  return asked;
}

Plan plan_metrics(const Asked& asked, const Inputs& inputs) {
  Plan plan;
  for (const metrics::Chosen& chosen : asked_metrics(asked.keys)) {
    Planned& planned = plan.metrics.emplace_back(Planned{chosen});
    strike_out(planned, missing_input(planned.metric(), inputs), asked, /*is_required=*/true);
  }
  return plan;
}

void find_models(Plan& plan, const Asked& asked, Archives& archives) {
  if (plan.computed().empty()) return;
  archives.hash_ahead(plan.computed());
  for (Planned& planned : plan.metrics) {
    if (!planned.is_computed()) continue;
    planned.reason = archives.cast(planned);
    if (!planned.is_computed() && asked.names(planned.chosen))
      throw ModelError(concat(planned.key(), ": ", planned.reason, kArchiveRemedy));
  }
  if (plan.computed().empty()) {
    throw ModelError(
        "models " + archives.folder().string() +
        ": contains none of the archives that the metrics need; make them with tise-export all (in the "
        "source tree: scripts/get_models.sh), or pass --models shapes for the demo models");
  }
  agree_on_labels(plan, archives.folder());
}

void choose_settings(Plan& plan, const metrics::Settings& settings, c10::Device device) {
  for (Planned& planned : plan.metrics) {
    planned.settings = settings;
    if (!planned.is_computed()) continue;
    planned.settings.device = device;
    const models::Card& card = planned.own().archive->card;
    if (card.logit_scale > 0) planned.settings.logit_scale = card.logit_scale;
    for (const metrics::Setting* setting : planned.metric().settings) {
      if (setting->of_card != nullptr)
        choose_temperature(planned.settings.*(setting->of_card), *setting, planned, plan.warnings);
    }
  }
}

namespace {

bool has_rows(const RealSource& real) {
  return std::ranges::any_of(real.statistics, [](const GivenStatistics& file) {
    return std::ranges::any_of(file.statistics.sets,
                               [](const auto& set) { return set.second.rows.count > 0; });
  });
}

/// Which archives the given statistics are for: `a.npz is for clip.pt; b.npz is for objects`.
std::string purposes_of(const RealSource& real) {
  const auto purpose = [](const GivenStatistics& file) {
    std::vector<std::string> archives;
    for (const auto& [name, set] : file.statistics.sets) {
      if (name.starts_with(metrics::kCropSets)) continue;
      const std::string& stem = name.empty() ? file.given.archive : name;
      archives.push_back(stem.empty() ? "FID's network" : stem + ".pt");
    }
    return concat(file.given.path.string(), " is for ", archives.empty() ? "objects" : joined(archives));
  };
  return joined(mapped(real.statistics, purpose), "; ");
}

/// What is missing from the real statistics for a metric.
Lack missing_statistics(const Planned& planned, const RealSource& real) {
  const std::string own = planned.own().stem + ".pt";
  if (planned.metric().real == metrics::OfReal::kRows)
    return {concat("needs the features of each real image from ", own, "; the real statistics contain none"),
            has_rows(real)
                ? concat("--real DIR, or for features from another tool --real ", planned.own().stem, "=FILE")
                : kRealRows};
  const metrics::Role* finder = planned.metric().role->finder;
  if (finder == nullptr) {
    const std::string purposes = purposes_of(real);
    return {concat("the real statistics contain none for ", own),
            concat(purposes, purposes.empty() ? "" : "; ", "make them with tise-eval stats --metrics ",
                   planned.key(), "; if another tool made them, pass --real ", planned.own().stem, "=FILE")};
  }
  return {has_objects(real) ? concat("the real statistics contain none for objects found by ",
                                     planned.part(*finder)->stem, ".pt with features from ", own)
                            : "the real statistics contain no objects",
          "remake them with tise-eval stats and a detector, or pass --real-objects FILE"};
}

}  // namespace

void strike_out_without_real(Plan& plan, const Asked& asked, const RealSource& real) {
  if (!real.images.empty()) return;
  for (Planned& planned : plan.metrics) {
    if (!planned.is_computed() || !planned.metric().reads_real() ||
        statistics_for(real, planned, plan).set != nullptr)
      continue;
    const bool is_required = !asked.by_group.contains(planned.key());
    strike_out(planned, missing_statistics(planned, real), asked, is_required);
  }
  refuse_vain_groups(plan, asked);
}

void refuse_vain_groups(const Plan& plan, const Asked& asked) {
  const auto is_of_group = [&](const Planned& planned) { return asked.by_group.contains(planned.key()); };
  for (const Planned& planned : plan.metrics) {
    if (planned.is_computed() || !is_of_group(planned)) continue;
    const auto is_left = [&](const Planned& other) {
      return other.is_computed() && is_of_group(other) && other.chosen.archive == planned.chosen.archive;
    };
    if (std::ranges::none_of(plan.metrics, is_left))
      throw UsageError(concat(planned.key(), ": ", planned.reason));
  }
}

}  // namespace tise::run
