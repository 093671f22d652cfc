// Statistics of real images, once, for every later --real.

#include "commands.h"
#include "reference.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"

namespace tise::cli {

ExitCode stats(const StatsOptions& options, World world) {
  RealSource source;
  source.path = options.images;
  source.images = data::list_images(options.images, "real images");
  if (!can_write_into(options.output.has_parent_path() ? options.output.parent_path() : ".")) {
    throw InputError("statistics " + options.output.string() +
                     ": its folder does not exist or can't be written to");
  }
  Engine engine(options.engine, world);
  engine.find(false, true);
  if (engine.inception() == nullptr) throw ModelError(engine.missing("inception.pt"));
  const StoreFolder folder(options.store, world.interrupt);
  const ImageWork work = check_reference(source, engine, folder.path());
  const LoadedReference loaded = load_reference(source, work, engine, folder.path());
  metrics::Statistics statistics;
  statistics.moments = loaded.reference.moments;
  statistics.model_sha256 = engine.inception()->sha256;
  statistics.preparation = preparation_text(engine.inception()->card);
  if (statistics.moments.count < 2) {
    throw InputError(concat("real images ", options.images.string(), ": ", statistics.moments.count,
                            " image: covariance needs 2"));
  }
  metrics::write_statistics(options.output, statistics);
  world.console.info(concat(statistics.moments.count, " images, ", engine.inception()->card.feature_dim,
                            " dimensions: ", options.output.string()));
  return ExitCode::kOk;
}

}  // namespace tise::cli
