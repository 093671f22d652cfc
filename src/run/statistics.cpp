// Makes statistics of real images and of the objects in them, for use with --real.

#include <algorithm>

#include "choose_metrics.h"
#include "encoder.h"
#include "notices.h"
#include "standard_input.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"

namespace tise::run {
namespace {

/// The metric whose moments are computed for `asked`. If that needs rows, which statistics don't have, it
/// reads them from the store; the moments are those for another metric of its group and network.
metrics::Chosen with_moments(const metrics::Chosen& asked) {
  const auto has_moments_of = [&](const metrics::Metric* metric) {
    return metric->real == metrics::OfReal::kMoments && metric->role == asked.metric->role &&
           metric->group == asked.metric->group;
  };
  if (has_moments_of(asked.metric)) return asked;
  const auto found = std::ranges::find_if(metrics::registry(), has_moments_of);
  return {found == metrics::registry().end() ? asked.metric : *found, asked.archive};
}

/// The requested metrics that need rows.
std::vector<std::string> of_rows(const StatisticsSpec& spec) {
  std::vector<std::string> keys;
  for (const std::string& key : spec.metrics.keys) {
    if (metrics::find_chosen(key)->metric->real == metrics::OfReal::kRows) keys.push_back(key);
  }
  return keys;
}

/// Warns that statistics don't contain rows.
void warn_of_rows(const StatisticsSpec& spec, Listener& listener) {
  const std::vector<std::string> keys = of_rows(spec);
  if (keys.empty() || spec.store) return;
  listener.warn(
      concat("statistics cannot serve ", joined(keys), keys.size() == 1 ? ", which needs" : ", which need",
             " the features of each image; pass --store DIR now, and the same folder as --real DIR later"));
}

/// The metrics to make statistics for, with their networks: those requested, or by default all that need real
/// images. Metrics that weren't named are left out if their networks are missing; throws if none is left.
Plan plan_statistics(const StatisticsSpec& spec, Archives& archives, const Devices& devices) {
  Plan plan;
  plan.precision = models::name_of(devices.precision);
  plan.opening = spec.encoding.opening;
  for (const metrics::Chosen& asked : asked_metrics(spec.metrics.keys)) {
    if (!asked.metric->reads_real()) continue;
    const metrics::Chosen chosen = with_moments(asked);
    const auto is_there = [&](const Planned& planned) { return planned.chosen == chosen; };
    if (std::ranges::any_of(plan.metrics, is_there)) continue;
    Planned& planned = plan.metrics.emplace_back(Planned{chosen});
    planned.settings = spec.settings;
    planned.settings.device = devices.first();
    planned.reason = archives.cast(planned);
    if (!planned.is_computed() && spec.metrics.names(asked))
      throw ModelError(concat(planned.key(), ": ", planned.reason, kArchiveRemedy));
  }
  if (plan.computed().empty()) throw ModelError(plan.metrics.front().reason + kArchiveRemedy);
  return plan;
}

void announce(const StatisticsSpec& spec, const Plan& plan, std::size_t images, Listener& listener) {
  std::vector<std::string> will;
  std::string wont;
  for (const Planned& planned : plan.metrics) {
    if (planned.is_computed()) {
      will.push_back(planned.key());
    } else {
      wont += concat("; none for ", planned.key(), " (", planned.reason, ")");
    }
  }
  const std::vector<std::string> keys = of_rows(spec);
  const std::string in_store =
      keys.empty() || !spec.store ? "" : "; the store keeps the rows for " + joined(keys);
  listener.info(concat(counted(images, "image"), ": statistics for ", joined(will), wont, in_store));
}

/// Why statistics can't be made from these moments; empty if they can.
std::string why_too_few(const metrics::Moments& moments, std::size_t images, const Planned& planned) {
  if (moments.count >= 2) return "";
  const bool is_tise = planned.settings.protocol == metrics::Protocol::kTise;
  if (!planned.is_of_crops()) {
    return concat(counted(images, "image"), ": ",
                  images < 2 || !is_tise ? "covariance needs 2" : metrics::kNoFullBatch);
  }
  if (moments.count == 0 && is_tise) return concat("fewer than 50 objects found: ", metrics::kNoFullBatch);
  return concat(counted(moments.count, "object"), " found: covariance needs 2");
}

/// The statistics for each metric. If there are too few objects, a metric of objects is left out with a
/// warning, unless it was requested by name.
metrics::Statistics statistics_of(const StatisticsSpec& spec, const Plan& plan, const LoadedReal& loaded,
                                  std::size_t images, Listener& listener) {
  metrics::Statistics statistics;
  for (const Planned* planned : plan.computed()) {
    const std::string& field = planned->own().field;
    const metrics::Moments& moments = loaded.features.at(field).moments;
    if (const std::string why = why_too_few(moments, images, *planned); !why.empty()) {
      // A metric that needs rows still finds them in the store.
      const bool stands_in = !spec.metrics.keys.empty() && !spec.metrics.has(planned->key());
      if (!stands_in && (!planned->is_of_crops() || spec.metrics.names(planned->chosen))) {
        throw InputError(
            concat("real images ", spec.images.string(), ": ", why,
                   planned->is_of_crops() ? "; leave " + planned->key() + " out of --metrics" : ""));
      }
      listener.warn(concat(why, "; the statistics will contain none for ", planned->key()));
      continue;
    }
    statistics.sets[set_name(*planned)] = {moments, planned->own().archive->sha256,
                                           preparation_text(*planned, plan), loaded.input->sets.at(field).set,
                                           loaded.input->skipped};
  }
  return statistics;
}

}  // namespace

metrics::Statistics statistics(const StatisticsSpec& spec, Listener& listener) {
  const ImagesPlace place(spec.images, listener);
  const RealSource source = list_real(place.path(), place.shown(), "--images");
  for (const std::string& notice : source.notices) listener.warn(notice);
  const Devices devices = find_devices(spec.encoding);
  devices.use_threads();
  Archives archives(spec.encoding.models);
  const Plan plan = plan_statistics(spec, archives, devices);
  warn_of_rows(spec, listener);
  announce(spec, plan, source.images.size(), listener);
  const StoreFolder folder(spec.store, listener);
  Encoder encoder(spec.encoding, devices, listener);
  RealRows rows = check_real(source, plan, encoder, folder.path());
  encode_real(rows, encoder);
  finish_real(rows, source.images, {});
  refuse_if_all_are_bad(rows.bad, source.images.size(), "real image", spec.images);
  warn_of_skipped(rows.bad, source.images.size(), "real image", listener);
  return statistics_of(spec, plan, load_real(source, plan, rows),
                       usable_names(source.images, rows.bad).size(), listener);
}

}  // namespace tise::run
