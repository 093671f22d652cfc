// Several processes fill one store. Each draws the next few images or captions from a shared counter, so a
// slow process does fewer. If a process dies, the next run finds its rows missing and makes them.

#include "share_out.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;

/// Limits on how much is drawn at once: little enough that all processes end together, enough that drawing
/// costs nothing.
constexpr std::size_t kDrawsAProcess = 16;
constexpr std::size_t kMostDrawn = 16384;
constexpr std::size_t kBatchesADraw = 4;

/// Works on the items from `begin` to `end`.
using OnBlock = std::function<void(std::size_t begin, std::size_t end)>;

/// Divides named pieces of work among the processes.
class Sharing {
 public:
  Sharing(Processes& processes, std::size_t batch, Listener& listener)
      : processes_(processes), batch_(batch), listener_(listener) {}

  /// Does this process's blocks of a piece of work. If a block has bad input, goes on with the next one: the
  /// leading process will find and report what is bad.
  void work_on(const std::string& name, std::size_t count, const OnBlock& work) {
    const std::size_t block =
        std::clamp(count / (processes_.count() * kDrawsAProcess), kBatchesADraw * batch_, kMostDrawn);
    for (;;) {
      const std::size_t begin = (processes_.add(name, 1) - 1) * block;
      if (begin >= count) return;
      const std::size_t end = std::min(begin + block, count);
      try {
        work(begin, end);
      } catch (const InputError&) {
        processes_.add(kBad, 1);
      }
      const std::size_t done = processes_.add(name + kDone, end - begin);
      if (processes_.leads())
        listener_.progress(concat(name, ", ", processes_.count(), " processes"), done, count);
    }
  }
  /// Waits until all processes together have done all of it.
  void wait_for(const std::string& name, std::size_t count) {
    processes_.wait_for(name + kDone, count, listener_.stop());
  }
  bool met_with_bad_input() { return processes_.add(kBad, 0) > 0; }

  /// The leading process opens and holds the store; the others join it.
  RunStore open(const fs::path& folder, const store::Provenance& provenance) {
    const store::Writers writers{processes_.index(), processes_.count()};
    const std::string opened = folder.string() + " opened";
    if (!processes_.leads()) {
      processes_.wait_for(opened, 1, listener_.stop());
      return {folder, store::Writer::join(folder, provenance, writers)};
    }
    RunStore store(folder, provenance, listener_, writers);
    processes_.add(opened, 1);
    return store;
  }

 private:
  static constexpr const char* kDone = " done";
  static constexpr const char* kBad = "bad input";

  Processes& processes_;
  std::size_t batch_;
  Listener& listener_;
};

/// Images that the processes encode together, and their store.
class SharedImages {
 public:
  SharedImages(Sharing& sharing, Encoder& encoder, const fs::path& folder, const Plan& plan,
               const GroupTable& groups, const std::vector<data::ImageFile>& images, std::string role)
      : sharing_(sharing),
        encoder_(encoder),
        groups_(groups),
        images_(images),
        role_(std::move(role)),
        store_(sharing.open(folder, provenance_of(groups, plan, encoder.devices().first()))),
        lacking_(lacking(store_, groups, plan.opening)) {}

  RunStore& store() { return store_; }

  void look_over() {
    sharing_.work_on(looking(), images_.size(), [this](std::size_t begin, std::size_t end) {
      encoder_.check_images(work_between(begin, end));
    });
  }
  void wait_for_looking() { sharing_.wait_for(looking(), images_.size()); }

  void encode() {
    sharing_.work_on(encoding(), images_.size(), [this](std::size_t begin, std::size_t end) {
      encoder_.encode_images(store_, work_between(begin, end));
    });
    store_.flush();  // new states of files that were recognized by hash
  }
  void wait_for_encoding() { sharing_.wait_for(encoding(), images_.size()); }

 private:
  std::string looking() const { return "checking " + role_ + "s"; }
  std::string encoding() const { return role_ + "s"; }

  ImageWork work_between(std::size_t begin, std::size_t end) const {
    ImageWork work = work_on(std::span(images_).subspan(begin, end - begin), lacking_, groups_, role_);
    work.images = work.tasks.size();  // no message here on how many are in the store already
    return work;
  }

  Sharing& sharing_;
  Encoder& encoder_;
  GroupTable groups_;
  const std::vector<data::ImageFile>& images_;
  std::string role_;
  RunStore store_;
  Lacking lacking_;
};

}  // namespace

void share_out(Processes& processes, const fs::path& folder, const Inputs& inputs, const Plan& plan,
               Encoder& encoder) {
  Sharing sharing(processes, encoder.devices().batch_size, encoder.listener());
  encoder.show_progress(false);  // the progress of all processes is shown instead
  const std::vector<data::Pair>& pairs = inputs.dataset.pairs;

  const GroupTable groups = groups_of(plan.computed());
  SharedImages images(sharing, encoder, folder, plan, groups, inputs.dataset.images, "image");
  std::optional<SharedImages> real;
  if (const RealRows rows = wanted_rows(inputs.real, plan); rows.any() && !inputs.real.is_store)
    real.emplace(sharing, encoder, folder / kRealStore, plan, rows.groups, inputs.real.images, "real image");
  if (!encoder.skips_bad_images()) {
    images.look_over();
    if (real) real->look_over();
    images.wait_for_looking();
    if (real) real->wait_for_looking();
  }
  const bool go_on = !sharing.met_with_bad_input();
  if (go_on) images.encode();
  if (go_on && real) real->encode();
  for (const Group& group : *groups) {
    if (!go_on || !group.is_of_texts) continue;
    const std::string work = "captions, " + group.name;
    store::TextTable known = images.store().rows().texts(group.name);
    sharing.work_on(work, pairs.size(), [&](std::size_t begin, std::size_t end) {
      encoder.encode_texts(images.store(), group, known, [&](const auto& visit) {
        for (std::size_t i = begin; i < end; ++i) visit_texts(pairs[i].item, plan, group.stem, visit);
      });
    });
    if (processes.leads()) sharing.wait_for(work, pairs.size());
  }
  if (go_on && processes.leads()) {
    images.wait_for_encoding();
    if (real) real->wait_for_encoding();
  }
  processes.leave(encoder.listener().stop());
  encoder.show_progress(true);
}

}  // namespace tise::run
