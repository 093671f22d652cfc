// The main job: requested metrics → those that can be computed → rows missing from the store → encode → score
// → report.

#include <chrono>
#include <memory>

#include "choose_metrics.h"
#include "encoder.h"
#include "inputs.h"
#include "notices.h"
#include "processes.h"
#include "run_record.h"
#include "scoring.h"
#include "share_out.h"
#include "standard_input.h"
#include "tise/base/clock.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/report/compare.h"
#include "tise/run/archives.h"

namespace tise::run {
namespace {

/// Tells the user how to continue after this part.
void say_what_is_next(const Spec& spec, Listener& listener) {
  listener.info(concat("part ", spec.part->index, " of ", spec.part->of, " is in ", spec.store->string(),
                       "; when all parts (0 to ", spec.part->of - 1,
                       ") are done, run: tise-eval merge STORE... --output FILE"));
}

/// The processes that share this run, if a launcher started several.
std::optional<Processes> processes_of(const Spec& spec) {
  auto processes = Processes::from_environment();
  if (processes && spec.images == kStandardStream) {
    throw UsageError(
        "--images -: several processes cannot share standard input; use a file that all of them can read");
  }
  if (processes && !spec.store) {
    throw UsageError(concat("a launcher started ", processes->count(),
                            " processes (WORLD_SIZE): they need --store DIR, ",
                            "a folder shared by all of them"));
  }
  return processes;
}

/// Encodes all texts of the run's captions, reading the captions from the store.
void encode_captions(Encoder& encoder, RunStore& store, const GroupTable& groups, const Plan& plan) {
  for (const Group& group : *groups) {
    if (!group.is_of_texts) continue;
    store::TextTable known = store.rows().texts(group.name);
    encoder.encode_texts(store, group, known, [&](const auto& visit) {
      const store::Reader rows = store.rows();
      rows.for_each_pair([&](std::size_t, const std::string& line) {
        visit_texts(data::read_json_line(line, rows.name()), plan, group.stem, visit);
      });
    });
  }
}

/// Writes the samples of all images where `compare` looks for them.
void write_samples(const std::filesystem::path& store, const Outcome& outcome) {
  if (!can_write_into(store)) return;
  write_atomically(store / report::kStoreSamples, "samples", [&](const auto& write) {
    report::write_samples(outcome.report, outcome.dataset, {}, write);  // the chunks have the detections
  });
}

}  // namespace

std::optional<Outcome> evaluate(const Spec& spec, Listener& listener) {
  if (spec.part && !spec.store) throw UsageError("--shard needs --store DIR (tise-eval merge reads it)");
  const auto start = std::chrono::steady_clock::now();
  metrics::Settings settings = spec.settings;
  if (first_invalid_utf8(settings.prompt)) throw UsageError("--prompt: not UTF-8");
  settings.prompt = metrics::prompt_as_used(std::move(settings.prompt));
  std::optional<Processes> processes = processes_of(spec);
  for (const Real& real : spec.real) {
    if (spec.store && true_path(*spec.store) == true_path(real.path))
      throw UsageError("--store and --real are the same store; pass another folder to --store");
  }
  const auto place = std::make_shared<const ImagesPlace>(spec.images, listener);
  Inputs inputs = read_inputs(spec, *place);
  Plan plan = plan_metrics(spec.metrics, inputs);
  Archives archives(spec.encoding.models);
  find_models(plan, spec.metrics, archives);
  const Devices devices = find_devices(processes ? processes->share_of(spec.encoding) : spec.encoding);
  devices.use_threads();
  plan.precision = models::name_of(devices.precision);
  plan.opening = spec.encoding.opening;
  choose_settings(plan, settings, devices.first());
  strike_out_without_real(plan, spec.metrics, inputs.real);
  take_notice(inputs, plan);
  for (const std::string& notice : inputs.notices) listener.warn(notice);
  if (inputs.captions) {
    listener.info(inputs.understood);
    const std::string others = about_fields(inputs.captions->unknown_fields, inputs.captions->path).others;
    if (!others.empty()) listener.info(others);
  }
  if (spec.part) {
    data::keep_part(inputs.dataset, *spec.part);
    data::keep_part(inputs.real.images, *spec.part);
  }
  complete(inputs, plan);
  for (const std::string& warning : verify_statistics(inputs.real, plan)) listener.warn(warning);
  report::Report report = begin_report(inputs, plan, settings, spec.part, listener);
  note_recipe(report, spec.recipe);

  const auto folder = std::make_shared<const StoreFolder>(spec.store, listener);
  Encoder encoder(spec.encoding, devices, listener);
  if (processes) {
    share_out(*processes, folder->path(), inputs, plan, encoder);
    if (!processes->leads()) return std::nullopt;
  }
  const GroupTable groups = groups_of(plan.computed());
  RunStore store(folder->path(), provenance_of(groups, plan, devices.first()), listener);
  if (store.is_read_only())
    listener.info("store " + folder->path().string() + ": is read-only; nothing will be added to it");
  store_pairs(store.captions(), inputs.dataset);
  const auto work = lacking_work(store, inputs.dataset.images, groups, plan.opening, "image");
  encoder.check_images(work);
  RealRows real = check_real(inputs.real, plan, encoder, folder->path() / kRealStore);
  const auto bad = encoder.encode_images(store, work);
  if (!spec.part) refuse_if_all_are_bad(bad, inputs.dataset.images.size(), "image", spec.images);
  leave_out(bad, inputs.dataset, store);
  encode_captions(encoder, store, groups, plan);
  encode_real(real, encoder);
  if (!spec.part) refuse_if_all_are_bad(real.bad, inputs.real.images.size(), "real image", inputs.real.path);
  encoder.release_networks();
  if (spec.store) {
    record_run({spec.part.value_or(data::Part{}), inputs, settings, plan, archives, bad, spec.recipe}, store,
               real);
  }
  if (spec.part) {
    warn_of_skipped(bad, inputs.dataset.images.size() + bad.size(), "image", listener);
    warn_of_skipped(real.bad, inputs.real.images.size(), "real image", listener);
    say_what_is_next(spec, listener);
    return std::nullopt;
  }
  Outcome outcome = score(std::move(report), std::move(inputs), plan, {store.rows(), bad, real});
  outcome.rows = std::make_shared<const std::pair<decltype(folder), decltype(place)>>(folder, place);
  outcome.report.run.device = devices.names();
  outcome.report.run.stages = encoder.stages();
  if (const double rate = encoder.images_per_second(); rate > 0) outcome.report.run.images_per_second = rate;
  outcome.report.run.seconds = seconds_since(start);
  if (spec.store) write_samples(*spec.store, outcome);
  return outcome;
}

}  // namespace tise::run
