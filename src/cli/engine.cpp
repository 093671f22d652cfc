#include "engine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/pipeline/encode_texts.h"
#include "tise/text/tokenizer.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCpuBatch = 16;
constexpr std::size_t kCudaBatch = 128;
constexpr std::size_t kMostCudaBatch = 256;
/// So that a GPU computes one batch while another is copied, cropped or looked at.
constexpr std::size_t kLanesOfGpu = 2;
/// A text is a few tokens: so many go together for each image of a batch.
constexpr std::size_t kTextsAnImage = 4;

}  // namespace

Engine::Engine(EngineOptions options, World world)
    : options_(std::move(options)), world_(world), archives_(options_.models) {
  at::set_num_threads(static_cast<int>(threads()));
}

void Engine::recall(const nlohmann::ordered_json& archives, const std::string& precision) {
  archives_.recall(archives);
  recalled_precision_ = precision;
}

const std::vector<c10::Device>& Engine::devices() {
  if (devices_.empty()) devices_ = models::parse_devices(options_.device);
  return devices_;
}

std::string Engine::device_name() {
  std::vector<std::string> names;
  for (const c10::Device device : devices()) names.push_back(device.str());
  return joined(names, ",");
}

std::vector<c10::Device> Engine::lanes() {
  std::vector<c10::Device> lanes;
  const std::size_t each = device().is_cuda() ? kLanesOfGpu : 1;
  for (std::size_t i = 0; i < each; ++i) lanes.insert(lanes.end(), devices().begin(), devices().end());
  return lanes;
}

models::Precision Engine::precision() { return models::parse_precision(options_.precision, device()); }

std::string Engine::precision_name() {
  return recalled_precision_ ? *recalled_precision_ : models::name_of(precision());
}

models::Network& Engine::network(const models::Archive& archive, c10::Device device) {
  const std::lock_guard lock(loading_);
  std::unique_ptr<models::Network>& network = networks_[{archive.path.string(), device.str()}];
  if (!network) {
    world_.console.detail("loading " + archive.path.string());
    const pipeline::StageTimer timer(clock_, "load");
    network = models::load_network(archive, {device, precision()});
  }
  return *network;
}

pipeline::Model Engine::model(const models::Archive& archive) {
  const auto load = [ this, &archive ](c10::Device device) -> auto& { return network(archive, device); };
  return {archive, load, devices()};
}

store::Provenance Engine::provenance(const GroupTable& groups) {
  store::Provenance provenance;
  provenance.precision = precision_name();
  provenance.device = device().is_cuda() ? "cuda" : "cpu";
  for (const Group& group : *groups) {
    const models::Archive& archive = *group.archive;
    auto& made = provenance.models[group.name];
    made = {{"name", archive.card.name},
            {"sha256", archive.sha256},
            {"input", archive.card.json.value("input", nlohmann::ordered_json::object())}};
    if (!group.parent.empty()) made["detector"] = provenance.models.at(group.parent).at("sha256");
  }
  return provenance;
}

std::size_t Engine::batch_size() {
  return options_.batch_size.value_or(device().is_cuda() ? kCudaBatch : kCpuBatch);
}

std::size_t Engine::threads() const {
  return options_.threads.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

pipeline::Monitor Engine::monitor() {
  pipeline::Monitor monitor;
  monitor.stop = world_.interrupt.token();
  monitor.progress = [this](const std::string& stage, std::size_t done, std::size_t total) {
    if (shows_progress_) world_.console.progress(stage, done, total);
  };
  return monitor;
}

std::vector<pipeline::Branch> Engine::branches(const GroupTable& groups, RunStore& store) {
  std::vector<pipeline::Branch> branches;
  std::map<std::string, std::vector<pipeline::Crops>> crops_of;  // by the group of their objects
  for (const Group& group : *groups) {
    if (!group.parent.empty())
      crops_of[group.parent].push_back({group.name, model(*group.archive), group.threshold, batch_size()});
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

pipeline::EncodeOptions Engine::encode_options(const std::string& role) {
  pipeline::EncodeOptions options;
  options.batch_size = batch_size();
  if (!options_.batch_size && device().is_cuda()) options.most = kMostCudaBatch;
  options.workers = threads();
  options.lanes = lanes();
  options.on_bad_image = options_.on_bad_image;
  options.max_pixels = options_.max_pixels;
  options.role = role;
  return options;
}

ImageWork Engine::image_work(RunStore& store, const std::vector<data::ImageFile>& images,
                             const GroupTable& groups, const std::string& role) const {
  ImageWork work = work_on(images, lacking(store, groups), groups, role);
  if (!work.tasks.empty()) {
    store.check_writable(
        concat("rows of ", work.tasks.size(), " of ", counted(images.size(), role), " as they are now"));
  }
  store.flush();
  return work;
}

void Engine::check_images(const ImageWork& work) {
  if (options_.on_bad_image == pipeline::OnBadImage::kSkip) return;
  pipeline::check_images(work.tasks, encode_options(work.role), monitor());
}

std::vector<pipeline::BadImage> Engine::encode_images(RunStore& store, const ImageWork& work) {
  const auto& tasks = work.tasks;
  if (tasks.size() < work.images) {
    world_.console.info(concat(work.images - tasks.size(), " of ", counted(work.images, work.role),
                               work.images == 1 ? " is" : " are", " in the store already"));
  }
  if (tasks.empty()) return {};

  const auto run = branches(work.groups, store);
  pipeline::load_branches(tasks, run);  // before the clock starts, so that the rate is the networks' own
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
    encoding_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return bad;
  } catch (...) {
    store.flush();  // what is encoded stays encoded
    throw;
  }
}

pipeline::TokenizedTexts Engine::lacking_texts(RunStore& store, const Group& group, store::TextTable& known,
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
      store.check_writable(concat(group.name, " row for one of the texts"));
      store.writer().add_alias(group.name, tokenized);
    }
  });
  return lacking;
}

void Engine::encode_texts(RunStore& store, const Group& group, store::TextTable& known,
                          const EachText& for_each_text) {
  auto lacking = lacking_texts(store, group, known, for_each_text);
  if (lacking.size() == 0) return store.flush();
  store.check_writable(concat("embeddings of ", lacking.size(), " texts"));
  try {
    const pipeline::Model encoder = model(*group.archive);
    encoder.load();  // before lanes ask for it
    pipeline::encode_texts(
        std::move(lacking), encoder.network, kTextsAnImage * batch_size(), lanes(),
        [&](store::TextRows&& rows) { store.writer().add(group.name, std::move(rows)); }, monitor(), clock_);
  } catch (...) {
    store.flush();
    throw;
  }
  store.flush();
}

double Engine::images_per_second() const {
  return images_encoded_ > 0 ? static_cast<double>(images_encoded_) / encoding_seconds_ : 0;
}

void Engine::release_networks() { networks_.clear(); }

}  // namespace tise::cli
