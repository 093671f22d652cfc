// The main job: what is asked for → what can be computed → what the store lacks → encode → score → report.

#include "choose_metrics.h"
#include "commands.h"
#include "fill.h"
#include "inputs.h"
#include "notices.h"
#include "ranks.h"
#include "run_record.h"
#include "run_store.h"
#include "scoring.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"

namespace tise::cli {
namespace {

/// What is left to do once this part is done.
void say_what_is_next(const EvaluateOptions& options, Console& console) {
  console.info(concat("part ", options.shard->index, " of ", options.shard->of, " is in ",
                      options.store->string(), "; when the others (0 to ", options.shard->of - 1,
                      ") are done: tise-eval merge STORE... --output FILE"));
}

/// The processes that do this run together, where a launcher started several.
std::optional<Ranks> ranks_of(const EvaluateOptions& options) {
  auto ranks = Ranks::from_environment();
  if (ranks && !options.store) {
    throw UsageError(concat("a launcher started ", ranks->count(),
                            " processes (WORLD_SIZE): they need --store DIR, ",
                            "a folder that all of them see"));
  }
  return ranks;
}

}  // namespace

ExitCode evaluate(const EvaluateOptions& options, World world) {
  Scoring scoring(options, world);
  Inputs inputs = read_inputs(options);
  Plan plan = plan_metrics(options, inputs.dataset);
  std::optional<Ranks> ranks = ranks_of(options);
  Engine engine(ranks ? ranks->share_of(options.engine) : options.engine, world);
  find_models(plan, options, engine);
  choose_settings(plan, options, engine);
  strike_out_without_real(plan, options, inputs.real, engine);
  take_notice(inputs, options, plan);
  for (const std::string& notice : inputs.notices) world.console.warn(notice);
  if (inputs.captions) {
    const std::string others = about_fields(inputs.captions->unknown_fields, inputs.captions->path).others;
    if (!others.empty()) world.console.info(others);
  }
  if (options.shard) {
    data::keep_part(inputs.dataset, *options.shard);
    data::keep_part(inputs.real.images, *options.shard);
  }
  annotate(inputs, plan);

  verify_statistics(inputs.real, plan, engine);
  scoring.prepare(inputs, plan, engine);
  const StoreFolder folder(options.store, world.interrupt);
  if (ranks) {
    fill_together(*ranks, folder.path(), options, inputs, plan, engine, world);
    if (!ranks->leads()) return ExitCode::kOk;
  }
  const GroupTable groups = groups_of(plan.computed());
  RunStore store(folder.path(), engine.provenance(groups), world.interrupt);
  if (store.is_read_only()) {
    world.console.info("store " + folder.path().string() + ": can't be written to, and is read as it is");
  }
  store_pairs(store.captions(), inputs.dataset);
  const auto work = engine.image_work(store, inputs.dataset.images, groups, "image");
  engine.check_images(work);
  RealRows real = check_reference(inputs.real, plan, engine, folder.path() / kRealStore);
  const auto bad = engine.encode_images(store, work);
  if (!options.shard) refuse_if_all_are_bad(bad, inputs.dataset.images.size(), "image", options.images);
  leave_out(bad, inputs.dataset, store);
  for (const Group& group : *groups) {
    if (!group.is_of_texts) continue;
    store::TextTable known = store.rows().texts(group.name);
    engine.encode_texts(store, group, known, [&](const auto& visit) {
      const store::Reader rows = store.rows();
      rows.for_each_pair([&](std::size_t, const std::string& line) {
        visit_texts(data::read_json_line(line, rows.name()), plan, group.stem, visit);
      });
    });
  }
  encode_reference(real, engine);
  if (!options.shard)
    refuse_if_all_are_bad(real.bad, inputs.real.images.size(), "real image", inputs.real.path);
  engine.release_networks();
  if (options.store) record_run(options, inputs, plan, engine, bad, store, real);
  if (options.shard) {
    warn_of_skipped(bad, inputs.dataset.images.size() + bad.size(), "image", world.console);
    warn_of_skipped(real.bad, inputs.real.images.size(), "real image", world.console);
    say_what_is_next(options, world.console);
    return ExitCode::kOk;
  }
  return scoring.deliver(inputs, plan, engine, {store.rows(), bad, real});
}

}  // namespace tise::cli
