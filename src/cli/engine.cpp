#include "engine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
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
/// What takes whole pictures takes an eighth as many at a time: a detector enlarges them to many times a
/// classifier's input.
constexpr std::size_t kDetectorShare = 8;
/// A text is a few tokens: so many go together for each image of a batch.
constexpr std::size_t kTextsAnImage = 4;

/// An image's file as it is now, looked at once for all groups.
class CurrentFile {
 public:
  explicit CurrentFile(const data::ImageFile& image) : image_(image), state_(data::state_of(image)) {}

  /// Whether the row was computed from it: it has the same state, or else the same hash. The row then has the
  /// state of now.
  bool made(store::RowPlace& row) {
    if (!state_) return false;
    if (row.file.vouches_for(*state_)) return true;
    if (!read_) read_ = pipeline::read_identified(image_, "image", image::kMaxFileBytes).file;
    if (read_->sha256 != row.sha256) return false;
    is_known_by_hash_ = true;
    row.file = read_->state;
    return true;
  }

  /// If only its hash told that a row was computed from it: its state now, so that it needn't be read next
  /// time.
  std::optional<pipeline::FileIdentity> known_by_hash() const {
    return is_known_by_hash_ && read_->state.changed_ns != 0 ? read_ : std::nullopt;
  }

 private:
  const data::ImageFile& image_;
  std::optional<data::FileState> state_;
  std::optional<pipeline::FileIdentity> read_;
  bool is_known_by_hash_ = false;
};

using Index = std::unordered_map<std::string, store::RowPlace>;

nlohmann::ordered_json described(const models::Archive& archive) {
  return {{"name", archive.card.name},
          {"sha256", archive.sha256},
          {"input", archive.card.json.value("input", nlohmann::ordered_json::object())}};
}

}  // namespace

ImageWork work_on(std::span<const data::ImageFile> images, const Lacking& lacking, const Groups& groups,
                  const std::string& role) {
  ImageWork work{groups, role, images.size(), {}};
  for (const data::ImageFile* image : data::in_reading_order(images)) {
    std::vector<bool> branches = lacking(*image);
    const bool any = std::find(branches.begin(), branches.end(), true) != branches.end();
    if (any) work.tasks.push_back({*image, std::move(branches)});
  }
  return work;
}

/// In the order of `branches`.
Lacking Engine::lacking(store::Store& store, const Groups& groups) const {
  std::vector<Index> simple;
  if (groups.clip) simple.push_back(store.index("clip"));
  if (groups.inception) simple.push_back(store.index("inception"));
  if (groups.inception_fid) simple.push_back(store.index("inception_fid"));
  if (groups.counts) simple.push_back(store.index(pipeline::kCounts));
  Index detections = groups.detections ? store.index(pipeline::kDetections) : Index();
  Index crops = groups.crops ? store.index(pipeline::kCrops) : Index();
  /// Whether an index lacks the image's row, or a row whose objects reach down to the threshold.
  const auto lacks = [threshold = options_.detector_threshold](Index& index, const data::ImageFile& image,
                                                               CurrentFile& file) {
    const auto row = index.find(image.name);
    return row == index.end() || row->second.threshold > threshold || !file.made(row->second);
  };
  return [=, &store, simple = std::move(simple), detections = std::move(detections),
          crops = std::move(crops)](const data::ImageFile& image) mutable {
    CurrentFile file(image);
    std::vector<bool> flags;
    for (Index& index : simple) flags.push_back(lacks(index, image, file));
    const bool detect = groups.detections && lacks(detections, image, file);
    if (groups.detections) flags.push_back(detect);
    if (groups.crops) flags.push_back(!detect && lacks(crops, image, file));
    if (auto known = file.known_by_hash()) store.add_state(std::move(*known));
    return flags;
  };
}

Engine::Engine(EngineOptions options, World world) : options_(std::move(options)), world_(world) {
  at::set_num_threads(static_cast<int>(threads()));
}

void Engine::find(const metrics::Needs& needs) {
  const auto look_for = [&](const char* stem, models::Kind kind) {
    const fs::path path = folder_ / (std::string(stem) + ".pt");
    if (archives_.contains(stem) || !models::holds(folder_, path.filename())) return;
    archives_.emplace(stem, models::open_archive(path, kind));
  };
  folder_ = models::find_models_folder(options_.models);
  if (needs.clip) look_for("clip", models::Kind::kClip);
  if (needs.fid) look_for("inception_fid", models::Kind::kInception);
  if (needs.crops) look_for("inception_objects", models::Kind::kInception);
  const bool lent =
      (needs.fid && !archive("inception_fid")) || (needs.crops && !archive("inception_objects"));
  if (needs.inception || lent) look_for("inception", models::Kind::kInception);
  if (needs.counts) look_for("counter", models::Kind::kCounter);
  // Its labels name the classes that captions speak of, whoever counts them.
  if (groups_for(needs).detections || needs.objects) look_for("maskrcnn", models::Kind::kDetector);
}

void Engine::take_classifier(const fs::path& path) {
  archives_.insert_or_assign("inception", models::open_archive(path, models::Kind::kInception));
}

std::string Engine::missing(const metrics::Needs& needs) const {
  const auto lacking = [&](bool needed, const char* stem) {
    return needed && !archive(stem) ? "no " + std::string(stem) + ".pt in " + folder_.string()
                                    : std::string();
  };
  for (const std::string& reason : {lacking(needs.clip, "clip"), lacking(needs.inception, "inception"),
                                    lacking(needs.fid && !fid_archive(), "inception"),
                                    lacking(needs.crops && !crop_archive(), "inception"),
                                    lacking(groups_for(needs).detections, "maskrcnn")}) {
    if (!reason.empty()) return reason;
  }
  return {};
}

nlohmann::ordered_json Engine::known_archives() const {
  auto known = nlohmann::ordered_json::object();
  for (const auto& [stem, archive] : archives_) {
    known[stem] = {{"sha256", archive.sha256}, {"card", archive.card.json}};
  }
  return known;
}

void Engine::recall(const nlohmann::ordered_json& archives, const std::string& precision) {
  recalled_precision_ = precision;
  for (const auto& [stem, known] : archives.items()) {
    archives_[stem] = {stem + ".pt", known.at("sha256"),
                       models::parse_card(json_text(known.at("card")), "card of " + stem), ""};
  }
}

const models::Archive* Engine::archive(const std::string& stem) const {
  const auto found = archives_.find(stem);
  return found == archives_.end() ? nullptr : &found->second;
}

const models::Archive* Engine::own_or_inception(const std::string& stem) const {
  const models::Archive* own = archive(stem);
  return own != nullptr ? own : archive("inception");
}

Groups Engine::groups_for(const metrics::Needs& needs) const {
  Groups groups;
  groups.clip = needs.clip;
  groups.inception_fid = needs.fid && archive("inception_fid") != nullptr;
  groups.inception = needs.inception || (needs.fid && !groups.inception_fid);
  groups.counts = needs.counts && archive("counter") != nullptr;
  groups.crops = needs.crops;
  groups.detections = needs.detections || needs.crops || (needs.counts && !groups.counts);
  return groups;
}

const std::vector<c10::Device>& Engine::devices() {
  if (devices_.empty()) devices_ = models::parse_devices(options_.device);
  return devices_;
}

std::string Engine::device_name() {
  std::string names;
  for (const c10::Device device : devices()) names += concat(names.empty() ? "" : ",", device.str());
  return names;
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

template <typename Network, typename Load>
Network& Engine::loaded(OnDevices<Network>& networks, const models::Archive& archive, c10::Device device,
                        Load load) {
  const std::lock_guard lock(loading_);
  std::unique_ptr<Network>& network = networks[{archive.path.stem(), device.str()}];
  if (!network) {
    world_.console.detail("loading " + archive.path.string());
    const pipeline::StageTimer timer(clock_, "load");
    network = load(archive, {device, precision()});
  }
  return *network;
}

models::ImageTextEncoder& Engine::clip_network(c10::Device device) {
  return loaded(clip_networks_, archives_.at("clip"), device, &models::load_clip);
}

models::Classifier& Engine::classifier(const models::Archive& archive, c10::Device device) {
  return loaded(classifiers_, archive, device, &models::load_inception);
}

models::Detector& Engine::detector(c10::Device device) {
  return loaded(detectors_, archives_.at("maskrcnn"), device, &models::load_detector);
}

models::Counter& Engine::counter(c10::Device device) {
  return loaded(counters_, archives_.at("counter"), device, &models::load_counter);
}

std::function<void()> Engine::on_all_devices(std::function<void(c10::Device)> load) {
  return [this, load = std::move(load)] { std::ranges::for_each(devices(), load); };
}

store::Provenance Engine::provenance(const Groups& groups) {
  store::Provenance provenance;
  provenance.precision = precision_name();
  provenance.device = device().is_cuda() ? "cuda" : "cpu";
  const auto made_by = [&](const std::string& group, const models::Archive* archive) {
    if (archive != nullptr) provenance.models[group] = described(*archive);
  };
  if (groups.clip) made_by("clip", archive("clip"));
  if (groups.clip) made_by("texts", archive("clip"));
  if (groups.inception) made_by("inception", archive("inception"));
  if (groups.inception_fid) made_by("inception_fid", archive("inception_fid"));
  if (groups.detections) made_by(pipeline::kDetections, archive("maskrcnn"));
  if (groups.counts) made_by(pipeline::kCounts, archive("counter"));
  if (groups.crops && crop_archive() != nullptr && archive("maskrcnn") != nullptr) {
    auto made = described(*crop_archive());
    made["detector"] = archive("maskrcnn")->sha256;
    provenance.models[pipeline::kCrops] = std::move(made);
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

pipeline::Branch Engine::classifier_branch(const std::string& group, const models::Archive& archive) {
  const auto encode = [this, &archive](const at::Tensor& batch) {
    auto out = classifier(archive, batch.device()).classify(batch);
    return pipeline::Columns{{"features", std::move(out.features)}, {"logits", std::move(out.logits)}};
  };
  auto branch = pipeline::encoder(group, archive.card.input, encode, device());
  branch.load = on_all_devices([this, &archive](c10::Device device) { classifier(archive, device); });
  return branch;
}

pipeline::Branch Engine::clip_branch() {
  const auto encode = [this](const at::Tensor& batch) {
    return pipeline::Columns{{"embeddings", clip_network(batch.device()).encode_images(batch)}};
  };
  auto branch = pipeline::encoder("clip", archive("clip")->card.input, encode, device());
  branch.load = on_all_devices([this](c10::Device device) { clip_network(device); });
  return branch;
}

pipeline::CropEncoder Engine::crop_encoder(c10::Device device) {
  return {classifier(*crop_archive(), device), crop_archive()->card.input, options_.detector_threshold,
          batch_size()};
}

pipeline::Branch Engine::object_branch(const Groups& groups) {
  const auto encode = [this, crops = groups.crops](const pipeline::Batch& batch, c10::Device device) {
    const auto found = pipeline::detect(detector(device), archive("maskrcnn")->card.input, batch);
    std::vector<pipeline::ImageRows> rows{pipeline::detection_rows(batch, found)};
    if (crops) rows.push_back(crop_encoder(device)(batch, found));
    return rows;
  };
  const auto load = [this, crops = groups.crops](c10::Device device) {
    detector(device);
    if (crops) classifier(*crop_archive(), device);
  };
  return {groups.crops ? "objects" : pipeline::kDetections, std::nullopt, encode, kDetectorShare,
          on_all_devices(load)};
}

/// Crops of what an earlier run detected.
pipeline::Branch Engine::crop_branch(const store::Store& store) {
  auto stored = std::make_shared<std::optional<store::DetectionReader>>();
  const auto read = [this, &store, stored](const pipeline::Batch& batch) {
    const std::lock_guard lock(using_store_);
    if (!*stored) stored->emplace(store);
    std::vector<models::Detections> found;
    for (const pipeline::FileIdentity& file : batch.files)
      found.push_back((*stored)->read(file.name).value());
    return found;
  };
  const auto encode = [this, read](const pipeline::Batch& batch, c10::Device device) {
    return std::vector<pipeline::ImageRows>{crop_encoder(device)(batch, read(batch))};
  };
  return {pipeline::kCrops, std::nullopt, encode, kDetectorShare,
          on_all_devices([this](c10::Device device) { classifier(*crop_archive(), device); })};
}

pipeline::Branch Engine::count_branch() {
  const auto encode = [this](const pipeline::Batch& batch, c10::Device device) {
    return std::vector<pipeline::ImageRows>{
        pipeline::count_rows(counter(device), archive("counter")->card.input, batch)};
  };
  return {pipeline::kCounts, std::nullopt, encode, kDetectorShare,
          on_all_devices([this](c10::Device device) { counter(device); })};
}

std::vector<pipeline::Branch> Engine::branches(const Groups& groups, const store::Store& store) {
  std::vector<pipeline::Branch> branches;
  if (groups.clip) branches.push_back(clip_branch());
  if (groups.inception) branches.push_back(classifier_branch("inception", *archive("inception")));
  if (groups.inception_fid) branches.push_back(classifier_branch("inception_fid", *archive("inception_fid")));
  if (groups.counts) branches.push_back(count_branch());
  if (groups.detections) branches.push_back(object_branch(groups));
  if (groups.crops) branches.push_back(crop_branch(store));
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

ImageWork Engine::image_work(store::Store& store, const std::vector<data::ImageFile>& images,
                             const Groups& groups, const std::string& role) const {
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

std::vector<pipeline::BadImage> Engine::encode_images(store::Store& store, const ImageWork& work) {
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
    store.add(std::move(rows));
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

pipeline::TokenizedTexts Engine::lacking_texts(store::Store& store, store::TextTable& known,
                                               const EachText& for_each_text) const {
  const models::Archive& clip = archives_.at("clip");
  const text::Tokenizer tokenizer(clip.merges);
  pipeline::TokenizedTexts lacking;
  for_each_text([&](const std::string& text) {
    if (!known.note_text(text)) return;
    auto [tokens, is_cut] = tokenizer.encode(text, static_cast<std::size_t>(clip.card.context_length));
    const pipeline::TokenizedText tokenized{text, std::move(tokens), is_cut};
    if (known.note_tokens(tokenized.tokens)) {
      lacking.add(tokenized);
    } else {
      store.add_alias(tokenized);
    }
  });
  return lacking;
}

void Engine::encode_texts(store::Store& store, const EachText& for_each_text) {
  store::TextTable known = store.texts();
  encode_texts(store, known, for_each_text);
}

void Engine::encode_texts(store::Store& store, store::TextTable& known, const EachText& for_each_text) {
  auto lacking = lacking_texts(store, known, for_each_text);
  if (lacking.size() > 0) store.check_writable(concat("embeddings of ", lacking.size(), " texts"));
  try {
    if (lacking.size() > 0) {
      for (const c10::Device device : devices()) clip_network(device);  // before lanes ask for it
      pipeline::encode_texts(
          std::move(lacking), [this](c10::Device device) -> auto& { return clip_network(device); },
          kTextsAnImage* batch_size(), lanes(),
          [&](pipeline::TextRows&& rows) { store.add(std::move(rows)); }, monitor(), clock_);
    }
  } catch (...) {
    store.flush();
    throw;
  }
  store.flush();
}

void Engine::release_networks() {
  clip_networks_.clear();
  classifiers_.clear();
  detectors_.clear();
  counters_.clear();
}

}  // namespace tise::cli
