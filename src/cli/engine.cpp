#include "engine.h"

#include <ATen/Parallel.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/pipeline/encode_texts.h"
#include "tise/text/tokenizer.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCpuBatch = 16;
constexpr std::size_t kCudaBatch = 128;

/// Whether the row was computed from the file as it is now: same size, and same time or else same content.
bool is_current(const store::RowPlace& row, const data::ImageFile& image) {
  struct stat status {};
  if (::stat(image.path.c_str(), &status) != 0 || status.st_size != row.size) return false;
  const auto modified =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return modified == row.modified_ns || sha256_file(image.path, "image") == row.sha256;
}

std::vector<std::string> groups_of(bool clip, bool inception) {
  std::vector<std::string> groups;
  if (clip) groups.emplace_back("clip");
  if (inception) groups.emplace_back("inception");
  return groups;
}

/// Every image that some group lacks.
std::vector<pipeline::ImageTask> tasks_for(const store::Store& store, const std::vector<std::string>& groups,
                                           const std::vector<data::ImageFile>& images) {
  std::vector<std::unordered_map<std::string, store::RowPlace>> indices;
  indices.reserve(groups.size());
  for (const std::string& group : groups) indices.push_back(store.index(group));
  std::vector<pipeline::ImageTask> tasks;
  for (const data::ImageFile& image : images) {
    pipeline::ImageTask task{image, {}};
    bool wanted = false;
    for (const auto& index : indices) {
      const auto row = index.find(image.name);
      const bool lacking = row == index.end() || !is_current(row->second, image);
      task.branches.push_back(lacking);
      wanted = wanted || lacking;
    }
    if (wanted) tasks.push_back(std::move(task));
  }
  return tasks;
}

nlohmann::ordered_json described(const models::Archive& archive) {
  return {{"name", archive.card.name},
          {"sha256", archive.sha256},
          {"input", archive.card.json.value("input", nlohmann::ordered_json::object())}};
}

}  // namespace

Engine::Engine(EngineOptions options, World world) : options_(std::move(options)), world_(world) {
  at::set_num_threads(static_cast<int>(threads()));
}

void Engine::find(bool clip, bool inception) {
  if (!clip && !inception) return;
  folder_ = models::find_models_folder(options_.models);
  const auto open = [&](const char* file, models::Kind kind) -> std::optional<models::Archive> {
    if (!fs::exists(folder_ / file)) return std::nullopt;
    return models::open_archive(folder_ / file, kind);
  };
  if (clip) clip_ = open("clip.pt", models::Kind::kClip);
  if (inception) inception_ = open("inception.pt", models::Kind::kInception);
}

std::string Engine::missing(const std::string& file) const {
  return "no " + file + " in " + folder_.string();
}

c10::Device Engine::device() {
  if (!device_) device_ = models::parse_device(options_.device);
  return *device_;
}

std::string Engine::device_name() { return device().str(); }

models::ImageTextEncoder& Engine::clip_network() {
  if (!clip_network_) {
    world_.console.detail("loading " + clip_->path.string());
    const pipeline::StageTimer timer(clock_, "load");
    clip_network_ = models::load_clip(*clip_, device());
  }
  return *clip_network_;
}

models::Classifier& Engine::inception_network() {
  if (!inception_network_) {
    world_.console.detail("loading " + inception_->path.string());
    const pipeline::StageTimer timer(clock_, "load");
    inception_network_ = models::load_inception(*inception_, device());
  }
  return *inception_network_;
}

store::Provenance Engine::provenance(bool clip, bool inception) {
  store::Provenance provenance;
  provenance.precision = options_.precision;
  provenance.device = device().is_cuda() ? "cuda" : "cpu";
  if (clip && clip_) {
    provenance.models["clip"] = described(*clip_);
    provenance.models["texts"] = described(*clip_);
  }
  if (inception && inception_) provenance.models["inception"] = described(*inception_);
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
    world_.console.progress(stage, done, total);
  };
  return monitor;
}

std::vector<pipeline::Branch> Engine::branches(bool clip, bool inception) {
  std::vector<pipeline::Branch> branches;
  if (clip) {
    branches.push_back({"clip", clip_->card.input, [this](const at::Tensor& batch) {
                          return pipeline::Columns{{"embeddings", clip_network().encode_images(batch)}};
                        }});
  }
  if (inception) {
    branches.push_back(
        {"inception", inception_->card.input, [this](const at::Tensor& batch) {
           auto out = inception_network().classify(batch);
           return pipeline::Columns{{"features", std::move(out.features)}, {"logits", std::move(out.logits)}};
         }});
  }
  return branches;
}

pipeline::EncodeOptions Engine::encode_options(const std::string& role) {
  pipeline::EncodeOptions options;
  options.batch_size = batch_size();
  options.workers = threads();
  options.on_bad_image = options_.on_bad_image;
  options.role = role;
  return options;
}

ImageWork Engine::image_work(const store::Store& store, const std::vector<data::ImageFile>& images, bool clip,
                             bool inception, const std::string& role) const {
  return {clip, inception, role, images.size(), tasks_for(store, groups_of(clip, inception), images)};
}

void Engine::check_images(const ImageWork& work) {
  if (options_.on_bad_image == pipeline::OnBadImage::kSkip) return;
  pipeline::check_images(work.tasks, encode_options(work.role), monitor());
}

std::vector<pipeline::BadImage> Engine::encode_images(store::Store& store, const ImageWork& work) {
  const auto& tasks = work.tasks;
  if (tasks.size() < work.images) {
    world_.console.info(concat(work.images - tasks.size(), " of ", work.images, " ", work.role,
                               "s are in the store already"));
  }
  if (tasks.empty()) return {};

  // Loaded before the clock starts, so that the rate is the networks' own.
  if (work.clip) clip_network();
  if (work.inception) inception_network();
  const auto run = branches(work.clip, work.inception);
  const pipeline::EncodeOptions options = encode_options(work.role);
  const auto start = std::chrono::steady_clock::now();
  try {
    auto bad = pipeline::encode_images(
        tasks, run, options, [&](pipeline::ImageRows&& rows) { store.add(std::move(rows)); }, monitor(),
        clock_);
    store.flush();
    images_encoded_ += tasks.size() - bad.size();
    encoding_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return bad;
  } catch (...) {
    store.flush();  // what is encoded stays encoded
    throw;
  }
}

pipeline::TokenizedTexts Engine::lacking_texts(store::Store& store, const EachText& for_each_text) const {
  store::TextTable known = store.texts();
  const text::Tokenizer tokenizer(clip_->merges);
  pipeline::TokenizedTexts lacking;
  for_each_text([&](const std::string& text) {
    if (!known.note_text(text)) return;
    const auto tokens = tokenizer.encode(text, static_cast<std::size_t>(clip_->card.context_length));
    if (known.note_tokens(tokens)) {
      lacking.add(text, tokens);
    } else {
      store.add_alias(text, tokens);
    }
  });
  return lacking;
}

void Engine::encode_texts(store::Store& store, const EachText& for_each_text) {
  auto lacking = lacking_texts(store, for_each_text);
  try {
    if (lacking.size() > 0) {
      pipeline::encode_texts(
          std::move(lacking), clip_network(), batch_size(),
          [&](pipeline::TextRows&& rows) { store.add(std::move(rows)); }, monitor(), clock_);
    }
  } catch (...) {
    store.flush();
    throw;
  }
  store.flush();
}

void Engine::release_networks() {
  clip_network_.reset();
  inception_network_.reset();
}

StoreFolder::StoreFolder(const std::optional<fs::path>& named, InterruptGuard& interrupt)
    : temporary_(!named.has_value()) {
  if (named) {
    path_ = *named;
    return;
  }
  std::string pattern = (fs::temp_directory_path() / "tise-eval-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw InputError("temporary folder " + pattern + ": can't be made; set TMPDIR, or give --store");
  }
  path_ = pattern;
  interrupt.remove_at_exit(path_);
}

StoreFolder::~StoreFolder() {
  if (!temporary_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tise::cli
