#include "encoder.h"

#include <chrono>
#include <utility>

#include "tise/base/clock.h"
#include "tise/base/concat.h"
#include "tise/base/memory.h"
#include "tise/base/names.h"
#include "tise/pipeline/objects.h"
#include "tise/text/tokenizer.h"

namespace tise::run {
namespace {

/// Texts per batch, as a multiple of images per batch: a text is only a few tokens.
constexpr std::size_t kTextsAnImage = 4;

}  // namespace

Encoder::Encoder(const Encoding& encoding, Devices devices, Listener& listener)
    : on_bad_image_(encoding.on_bad_image),
      opening_(encoding.opening),
      devices_(std::move(devices)),
      listener_(listener) {}

models::Network& Encoder::network(const models::Archive& archive, c10::Device device) {
  const std::lock_guard lock(loading_);
  std::unique_ptr<models::Network>& network = networks_[{archive.path.string(), device.str()}];
  if (!network) {
    listener_.detail("loading " + archive.path.string());
    const pipeline::StageTimer timer(clock_, "load");
    network = models::load_network(archive, {device, devices_.precision});
  }
  return *network;
}

pipeline::Model Encoder::model(const models::Archive& archive) {
  const auto load = [ this, &archive ](c10::Device device) -> auto& { return network(archive, device); };
  return {archive, load, devices_.all};
}

pipeline::Monitor Encoder::monitor() {
  pipeline::Monitor monitor;
  monitor.stop = listener_.stop();
  monitor.progress = [this](const std::string& stage, std::size_t done, std::size_t total) {
    if (shows_progress_) listener_.progress(stage, done, total);
  };
  return monitor;
}

std::vector<pipeline::Branch> Encoder::branches(const GroupTable& groups, RunStore& store) {
  std::vector<pipeline::Branch> branches;
  std::map<std::string, std::vector<pipeline::Crops>> crops_of;  // by the group of their objects
  for (const Group& group : *groups) {
    if (!group.parent.empty())
      crops_of[group.parent].push_back(
          {group.name, model(*group.archive), group.threshold, devices_.batch_size});
  }
  for (const Group& group : *groups) {
    if (group.is_of_texts || !group.parent.empty()) continue;
    pipeline::Branch branch = pipeline::branch_of(group.name, model(*group.archive));
    const auto& crops = crops_of[group.name];
    branches.push_back(crops.empty() ? std::move(branch) : pipeline::with_crops(branch, crops));
  }
  for (const auto& [parent, all] : crops_of) {
    const auto detected_before = [this, &store, group = parent](const store::FileIdentity& file) {
      const std::lock_guard lock(using_store_);
      return store.detections(group).read(file.name).value();
    };
    for (const pipeline::Crops& crops : all) branches.push_back(pipeline::crops_of(detected_before, crops));
  }
  return branches;
}

pipeline::EncodeOptions Encoder::encode_options(const std::string& role) const {
  pipeline::EncodeOptions options;
  options.batch_size = devices_.batch_size;
  options.most = devices_.most;
  options.workers = devices_.threads;
  options.lanes = devices_.lanes();
  options.on_bad_image = on_bad_image_;
  options.opening = opening_;
  options.role = role;
  return options;
}

void Encoder::check_images(const ImageWork& work) {
  if (skips_bad_images()) return;
  pipeline::check_images(work.tasks, encode_options(work.role), monitor());
}

std::vector<pipeline::BadImage> Encoder::encode_images(RunStore& store, const ImageWork& work) {
  const auto& tasks = work.tasks;
  if (tasks.size() < work.images) {
    listener_.info(concat(work.images - tasks.size(), " of ", counted(work.images, work.role),
                          work.images == 1 ? " is" : " are", " in the store already"));
  }
  if (tasks.empty()) return {};

  const auto run = branches(work.groups, store);
  pipeline::load_branches(tasks, run);  // before the clock starts: the rate is without loading
  const pipeline::EncodeOptions options = encode_options(work.role);
  const auto start = std::chrono::steady_clock::now();
  const auto keep = [&](pipeline::ImageRows&& rows) {
    const std::lock_guard lock(using_store_);
    store.writer().add(std::move(rows));
  };
  try {
    auto bad = pipeline::encode_images(tasks, run, options, keep, monitor(), clock_);
    store.flush();
    images_encoded_ += tasks.size() - bad.size();
    encoding_seconds_ += seconds_since(start);
    return bad;
  } catch (...) {
    store.flush();  // keep what is encoded
    throw;
  }
}

pipeline::TokenizedTexts Encoder::lacking_texts(RunStore& store, const Group& group, store::TextTable& known,
                                                const EachText& for_each_text) const {
  const models::Archive& archive = *group.archive;
  const text::Tokenizer tokenizer(archive.extra.at("merges.txt"));
  pipeline::TokenizedTexts lacking;
  for_each_text([&](const std::string& text) {
    if (!known.note_text(text)) return;
    auto [tokens, is_cut] = tokenizer.encode(text, static_cast<std::size_t>(archive.card.context_length));
    const store::TokenizedText tokenized{text, std::move(tokens), is_cut};
    if (known.note_tokens(tokenized.tokens)) {
      lacking.add(tokenized);
    } else {
      store.check_writable(concat(group.name, " rows of new texts"));
      store.writer().add_alias(group.name, tokenized);
    }
  });
  return lacking;
}

void Encoder::release_networks() {
  if (networks_.empty()) return;
  networks_.clear();
  give_back_free_memory();
}

void Encoder::encode_texts(RunStore& store, const Group& group, store::TextTable& known,
                           const EachText& for_each_text) {
  auto lacking = lacking_texts(store, group, known, for_each_text);
  if (lacking.size() == 0) return store.flush();
  store.check_writable(concat("embeddings of ", lacking.size(), " texts"));
  try {
    const pipeline::Model encoder = model(*group.archive);
    encoder.load();  // before lanes use it
    pipeline::encode_texts(
        std::move(lacking), encoder.network, kTextsAnImage * devices_.batch_size, devices_.lanes(),
        [&](store::TextRows&& rows) { store.writer().add(group.name, std::move(rows)); }, monitor(), clock_);
  } catch (...) {
    store.flush();
    throw;
  }
  store.flush();
}

double Encoder::images_per_second() const {
  return images_encoded_ > 0 ? static_cast<double>(images_encoded_) / encoding_seconds_ : 0;
}

}  // namespace tise::run
