// Statistics of real images, and of objects in them, once, for every later --real.

#include "commands.h"
#include "notices.h"
#include "outputs.h"
#include "plan.h"
#include "reference.h"
#include "store_folder.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/metrics/selection.h"

namespace tise::cli {
namespace {

/// What the statistics are for. Objects are left out where the detector is missing and nobody named O-FID.
metrics::Needs needs_of(const StatsOptions& options, Engine& engine) {
  metrics::Needs needs{.real = true, .fid = true};
  metrics::Needs objects{.real_objects = true, .crops = true};
  engine.find(needs);
  if (metrics::asked_for(options.metrics, "O-FID")) engine.find(objects);
  if (const std::string reason = engine.missing(needs); !reason.empty()) throw ModelError(reason);
  if (!metrics::asked_for(options.metrics, "O-FID")) return needs;
  const std::string reason = engine.missing(objects);
  if (!reason.empty() && !options.metrics.empty()) throw ModelError("O-FID: " + reason);
  if (reason.empty()) needs |= objects;
  return needs;
}

metrics::FeatureStatistics described(const metrics::RealFeatures& features, const models::Archive& archive,
                                     const std::string& preparation, const std::string& set) {
  return {features.moments, archive.sha256, preparation, set, {}};
}

}  // namespace

ExitCode stats(const StatsOptions& options, World world) {
  check_writable(options.output, "statistics");
  const RealSource source = open_real(options.images, std::nullopt, "--images");
  if (source.statistics)
    throw InputError("real images " + options.images.string() + ": not a folder or archive of images");
  for (const std::string& notice : source.notices) world.console.warn(notice);
  Engine engine(options.engine, world);
  const metrics::Needs needs = needs_of(options, engine);
  world.console.info(
      concat(counted(source.images.size(), "image"), ": statistics for FID",
             needs.crops ? " and O-FID" : "; none for O-FID",
             needs.crops || !metrics::asked_for(options.metrics, "O-FID") ? "" : ", no maskrcnn.pt there"));
  const StoreFolder folder(options.store, world.interrupt);
  RealRows rows = check_reference(source, needs, engine, folder.path());
  encode_reference(rows, engine);
  refuse_if_all_are_bad(rows.bad, source.images.size(), "real image", options.images);
  warn_of_skipped(rows.bad, source.images.size(), "real image", world.console);
  const LoadedReference loaded = load_reference(source, needs, rows, options.protocol, engine);

  metrics::Statistics statistics;
  const metrics::RealFeatures& images = *loaded.reference.images;
  if (images.moments.count < 2) {
    const std::size_t usable = usable_names(source, rows).size();
    throw InputError(concat("real images ", options.images.string(), ": ", counted(usable, "image"), ": ",
                            usable < 2 ? "covariance needs 2" : metrics::kNoFullBatch));
  }
  statistics.images = described(images, *engine.fid_archive(), preparation_text(engine), loaded.input->set);
  statistics.images.skipped = loaded.input->skipped;
  if (const auto& objects = loaded.reference.objects) {
    if (objects->moments.count >= 2) {
      statistics.objects =
          described(*objects, *engine.crop_archive(), object_preparation_text(engine), loaded.input->set);
    } else {
      const bool dropped = objects->moments.count == 0 && options.protocol == metrics::Protocol::kTise;
      const std::string why =
          dropped ? concat("fewer than 50 objects found: ", metrics::kNoFullBatch)
                  : concat(counted(objects->moments.count, "object"), " found: covariance needs 2");
      if (!options.metrics.empty()) {
        throw InputError("real images " + options.images.string() + ": " + why +
                         "; --metrics FID leaves them out");
      }
      world.console.warn(why + "; the statistics have none for O-FID");
    }
  }
  metrics::write_statistics(options.output, statistics);
  world.console.info(concat(
      counted(images.moments.count, "image"), ", ", engine.fid_archive()->card.feature_dim, " dimensions",
      statistics.objects ? concat(", ", counted(statistics.objects->moments.count, "object")) : "",
      rows.bad.empty() ? "" : concat(", ", rows.bad.size(), " skipped"), ": ", options.output.string()));
  return ExitCode::kOk;
}

}  // namespace tise::cli
