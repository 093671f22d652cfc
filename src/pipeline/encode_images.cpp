// Workers take tasks by number, read, hash, decode and prepare the images, and put the results into an
// ordered window. The encoding thread takes results strictly in the order of the tasks, so batches and chunks
// don't depend on the number of workers. Full batches go to the lanes, which return their rows in the same
// order.

#include "tise/pipeline/encode_images.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "ordered_window.h"
#include "tise/base/clock.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/image/open.h"
#include "tise/pipeline/batch_size.h"
#include "tise/pipeline/lanes.h"

namespace tise::pipeline {
namespace {

/// Calls `look`, which inspects the image. Returns why the image is bad; nullopt if it is good.
template <class Look>
std::optional<std::string> why_bad(const data::ImageFile& image, const EncodeOptions& options,
                                   const Look& look) {
  try {
    look();
    return std::nullopt;
  } catch (const image::DecodeError& error) {
    return error.what();
  } catch (const InputError& error) {
    const std::string text = error.what();
    const std::string prefix = options.role + " " + image.path + ": ";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }
}

/// Replaces the header's format by that of the user's file, if the bytes were converted (data::own_format).
image::PictureHeader named(image::PictureHeader header, const data::ImageFile& image) {
  if (const std::string_view own = data::own_format(image); !own.empty()) header.format = own;
  return header;
}

/// Recycles a branch's input tensors. If workers allocated each and the encoding thread freed it, the heaps
/// would fragment.
class InputPool {
 public:
  /// A used tensor; undefined if the pool is empty.
  at::Tensor take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    at::Tensor input = std::move(free_.back());
    free_.pop_back();
    return input;
  }
  void give_back(std::vector<at::Tensor>&& inputs) {
    const std::lock_guard lock(mutex_);
    std::move(inputs.begin(), inputs.end(), std::back_inserter(free_));
  }

 private:
  std::mutex mutex_;
  std::vector<at::Tensor> free_;
};

class Workers {
 public:
  Workers(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
          std::deque<InputPool>& pools, const EncodeOptions& options, StageClock& clock)
      : tasks_(tasks),
        branches_(branches),
        pools_(pools),
        options_(options),
        clock_(clock),
        window_(tasks.size(), options.largest_batch() + 2 * options.workers) {
    for (std::size_t i = 0; i < options.workers; ++i) threads_.emplace_back([this] { work(); });
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    window_.close();
    for (std::thread& thread : threads_) thread.join();
  }

  Outcome next() { return window_.next(); }
  /// From now on images are only decoded, to find bad ones.
  void only_check() { only_check_ = true; }

 private:
  void work() {
    while (const auto task = window_.take()) window_.put(*task, attempt(tasks_[*task]));
  }

  Outcome attempt(const ImageTask& task) {
    try {
      Prepared prepared;
      const auto why = why_bad(task.image, options_, [&] { prepared = prepare(task); });
      return why ? Outcome(BadImage{task.image.name, *why}) : std::move(prepared);
    } catch (...) {
      return std::current_exception();
    }
  }

  Prepared prepare(const ImageTask& task) {
    Prepared result;
    image::Pixels pixels;
    {
      const StageTimer timer(clock_, "decode");
      auto [bytes, file] = read_identified(task.image, options_.role, image::kMaxFileBytes);
      image::Picture picture = image::open(bytes, options_.opening);
      pixels = std::move(picture.pixels);
      result.file = std::move(file);
      result.file.picture = named(std::move(picture.header), task.image);
    }
    result.inputs.resize(branches_.size());
    if (only_check_) return result;
    const StageTimer timer(clock_, "prepare");
    bool wanted = false;
    for (std::size_t b = 0; b < branches_.size(); ++b) {
      if (!task.goes_through(branches_[b])) continue;
      if (branches_[b].preparation) {
        result.inputs[b] = pools_[b].take();
        image::prepare_into(result.inputs[b], pixels, *branches_[b].preparation);
      } else {
        wanted = true;
      }
    }
    if (wanted) result.pixels = std::make_shared<const image::Pixels>(std::move(pixels));
    return result;
  }

  const std::vector<ImageTask>& tasks_;
  const std::vector<Branch>& branches_;
  std::deque<InputPool>& pools_;
  const EncodeOptions& options_;
  StageClock& clock_;
  std::atomic<bool> only_check_ = false;
  OrderedWindow window_;
  std::vector<std::thread> threads_;
};

/// Collects one branch's pictures into batches and gives full batches to a lane.
class Batcher {
 public:
  Batcher(const Branch& branch, InputPool& pool, const EncodeOptions& options, Lanes& lanes,
          StageClock& clock, const std::function<void(ImageRows&&)>& sink)
      : branch_(branch),
        pool_(pool),
        size_(std::max(options.batch_size / branch.batch_divisor, std::size_t{1}),
              std::max(options.largest_batch() / branch.batch_divisor, std::size_t{1})),
        lanes_(lanes),
        clock_(clock),
        sink_(sink) {}

  void add(const FileIdentity& file, at::Tensor input) {
    batch_.inputs.push_back(std::move(input));
    added(file);
  }

  void add(const FileIdentity& file, const std::shared_ptr<const image::Pixels>& pixels) {
    if (!branch_.mixes_sizes && !batch_.pixels.empty()) {
      const image::Pixels& other = *batch_.pixels.front();
      if (other.width != pixels->width || other.height != pixels->height) flush();
    }
    batch_.pixels.push_back(pixels);
    pixel_bytes_ += pixels->rgb.size();
    added(file);
  }

  void flush() {
    if (batch_.files.empty()) return;
    pixel_bytes_ = 0;
    lanes_.run([this, batch = std::make_shared<Batch>(std::exchange(batch_, {}))](c10::Device device) {
      auto encoded = std::make_shared<Encoded>(encode(*batch, device));
      pool_.give_back(std::move(batch->inputs));
      return [this, encoded] { deliver(std::move(*encoded)); };
    });
  }

  /// Returns the pictures that the branch couldn't process, and forgets them.
  std::vector<BadImage> take_bad() { return std::exchange(bad_, {}); }

 private:
  /// A batch's rows, and its pictures that the branch couldn't process.
  struct Encoded {
    std::vector<ImageRows> rows;
    std::vector<BadImage> bad;
  };

  Encoded encode(const Batch& whole, c10::Device device) {
    Encoded encoded;
    in_batches(whole.files.size(), size_, [&](std::size_t begin, std::size_t end) {
      const auto start = std::chrono::steady_clock::now();
      {
        const StageTimer timer(clock_, branch_.name);
        encode_part(part(whole, begin, end), device, encoded);
      }
      size_.took(end - begin, seconds_since(start));
    });
    return encoded;
  }

  static Batch part(const Batch& batch, std::size_t begin, std::size_t end) {
    const auto cut = [&](const auto& all) {
      using List = std::remove_cvref_t<decltype(all)>;
      const auto place = [&](std::size_t i) { return all.begin() + static_cast<std::ptrdiff_t>(i); };
      return all.empty() ? List() : List(place(begin), place(end));
    };
    return {cut(batch.files), cut(batch.inputs), cut(batch.pixels)};
  }

  /// Encodes the batch without the pictures that the branch can't process, and adds both to `encoded`.
  void encode_part(Batch batch, c10::Device device, Encoded& encoded) const {
    while (!batch.files.empty()) {
      try {
        auto rows = branch_.encode(batch, device);
        std::ranges::move(rows, std::back_inserter(encoded.rows));
        return;
      } catch (const BadPicture& error) {
        const auto number = static_cast<std::ptrdiff_t>(error.number);
        encoded.bad.push_back({batch.files[error.number].name, error.what()});
        batch.files.erase(batch.files.begin() + number);
        if (!batch.inputs.empty()) batch.inputs.erase(batch.inputs.begin() + number);
        if (!batch.pixels.empty()) batch.pixels.erase(batch.pixels.begin() + number);
      }
    }
  }

  void deliver(Encoded&& encoded) {
    std::ranges::move(encoded.bad, std::back_inserter(bad_));
    const StageTimer timer(clock_, "store");
    for (ImageRows& rows : encoded.rows) sink_(std::move(rows));
  }

  void added(const FileIdentity& file) {
    batch_.files.push_back(file);
    if (batch_.files.size() >= size_.get() || pixel_bytes_ >= kMostPixelBytes) flush();
  }

  const Branch& branch_;
  InputPool& pool_;
  BatchSize size_;
  Lanes& lanes_;
  StageClock& clock_;
  const std::function<void(ImageRows&&)>& sink_;
  Batch batch_;
  std::size_t pixel_bytes_ = 0;
  std::vector<BadImage> bad_;
};

/// Adds the pictures that branches couldn't process to `bad`, each image once.
void add_bad(std::vector<BadImage>& bad, std::deque<Batcher>& batchers) {
  for (Batcher& batcher : batchers) {
    for (BadImage& image : batcher.take_bad()) {
      const auto known = [&](const BadImage& other) { return other.name == image.name; };
      if (std::ranges::none_of(bad, known)) bad.push_back(std::move(image));
    }
  }
}

[[noreturn]] void fail(const std::vector<BadImage>& bad, const std::string& role) {
  std::vector<std::string> problems;
  problems.reserve(bad.size());
  for (const BadImage& image : bad) problems.push_back(role + " " + image.name + ": " + image.why);
  if (problems.size() == 1) throw InputError(problems.front() + "; pass --on-bad-image skip to leave it out");
  throw InputError(counted(bad.size(), role) + " cannot be used; pass --on-bad-image skip to leave them out:",
                   problems);
}

}  // namespace

ReadImage read_identified(const data::ImageFile& image, const std::string& role, std::size_t most) {
  // The state comes first: if the file changes while it is read, its new state matches no row.
  const auto state = data::state_of(image);
  std::vector<std::uint8_t> bytes = data::read_image(image, role, most);
  std::string sha256 = sha256_hex(bytes.data(), bytes.size());
  return {std::move(bytes), {image.name, state.value_or(data::FileState{}), std::move(sha256)}};
}

void load_branches(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches) {
  for (const Branch& branch : branches) {
    const auto uses = [&](const ImageTask& task) { return task.goes_through(branch); };
    if (branch.load && std::ranges::any_of(tasks, uses)) branch.load();
  }
}

std::vector<LookedOver> look_over(const std::vector<const data::ImageFile*>& images,
                                  const EncodeOptions& options, const Monitor& monitor) {
  std::vector<LookedOver> found(images.size());
  std::atomic<std::size_t> next = 0;
  const auto look = [&] {
    for (std::size_t i = next++; i < images.size() && !monitor.stop.stop_requested(); i = next++) {
      const data::ImageFile& image = *images[i];
      auto why = why_bad(image, options, [&] {
        found[i] = named(
            image::look_over(data::read_image(image, options.role, image::kMaxFileBytes), options.opening),
            image);
      });
      if (why) found[i] = BadImage{image.name, std::move(*why)};
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < options.workers; ++i) threads.emplace_back(look);
  threads.clear();  // joins
  monitor.check();
  return found;
}

void check_images(const std::vector<ImageTask>& tasks, const EncodeOptions& options, const Monitor& monitor) {
  std::vector<const data::ImageFile*> images;
  images.reserve(tasks.size());
  for (const ImageTask& task : tasks) images.push_back(&task.image);
  std::vector<BadImage> bad;
  for (LookedOver& image : look_over(images, options, monitor)) {
    if (auto* one = std::get_if<BadImage>(&image)) bad.push_back(std::move(*one));
  }
  if (!bad.empty()) fail(bad, options.role);
}

std::vector<BadImage> encode_images(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
                                    const EncodeOptions& options,
                                    const std::function<void(ImageRows&&)>& sink, const Monitor& monitor,
                                    StageClock& clock) {
  std::vector<BadImage> bad;
  std::deque<InputPool> pools;
  std::deque<Batcher> batchers;
  Lanes lanes(options.lanes);  // declared after the pools and batchers, so destroyed before them
  for (const Branch& branch : branches) {
    pools.emplace_back();
    batchers.emplace_back(branch, pools.back(), options, lanes, clock, sink);
  }

  const bool may_skip = options.on_bad_image == OnBadImage::kSkip;
  Workers workers(tasks, branches, pools, options, clock);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    monitor.check();
    Outcome outcome = workers.next();
    if (const auto* error = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*error);
    if (auto* image = std::get_if<BadImage>(&outcome)) {
      bad.push_back(std::move(*image));
      if (!may_skip) workers.only_check();
    } else if (may_skip || bad.empty()) {
      auto& prepared = std::get<Prepared>(outcome);
      for (std::size_t b = 0; b < branches.size(); ++b) {
        if (!tasks[i].goes_through(branches[b])) continue;
        if (branches[b].preparation) {
          batchers[b].add(prepared.file, std::move(prepared.inputs[b]));
        } else {
          batchers[b].add(prepared.file, prepared.pixels);
        }
      }
    }
    add_bad(bad, batchers);
    if (!bad.empty() && !may_skip) workers.only_check();
    monitor.report(options.role + "s", i + 1, tasks.size());
  }
  for (Batcher& batcher : batchers) {
    monitor.check();
    batcher.flush();
  }
  lanes.finish();
  add_bad(bad, batchers);
  if (!bad.empty() && !may_skip) fail(bad, options.role);
  return bad;
}

}  // namespace tise::pipeline
