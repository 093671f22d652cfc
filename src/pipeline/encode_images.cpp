// Workers take tasks by number, read, hash, decode and prepare them, and put what comes out into an ordered
// window: the encoding thread takes results strictly in the order of the tasks, so batches and chunks are
// the same whatever the number of workers. The window is bounded: a worker that is too far ahead waits.

#include "tise/pipeline/encode_images.h"

#include <ATen/ATen.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/image/decode.h"

namespace tise::pipeline {
namespace {

struct Prepared {
  FileIdentity file;
  std::vector<at::Tensor> inputs;  ///< for each branch, undefined where the branch doesn't want it
};

/// What a worker makes of a task: its inputs, why it is bad, or what went wrong with the program.
using Outcome = std::variant<Prepared, BadImage, std::exception_ptr>;

FileIdentity identify(const data::ImageFile& image, const std::vector<std::uint8_t>& bytes) {
  struct stat status {};
  ::stat(image.path.c_str(), &status);
  return {image.name, static_cast<std::int64_t>(bytes.size()),
          static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec,
          sha256_hex(bytes.data(), bytes.size())};
}

std::string without_prefix(const std::string& text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

/// Why the image is bad, as far as that can be seen without decoding it.
std::optional<std::string> first_glance(const data::ImageFile& image, const std::string& role) {
  try {
    image::look_over(read_bytes(image.path, role));
    return std::nullopt;
  } catch (const image::DecodeError& error) {
    return error.what();
  } catch (const InputError& error) {
    return without_prefix(error.what(), role + " " + image.path + ": ");
  }
}

/// A branch's inputs, used again and again: were each made by a worker and freed by the encoding thread, the
/// allocator's heaps would be left in pieces.
class InputPool {
 public:
  /// A tensor that was used before, or an undefined one.
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

/// Results in the order of their tasks, handed from workers to the encoding thread.
class OrderedWindow {
 public:
  OrderedWindow(std::size_t tasks, std::size_t width) : tasks_(tasks), width_(width) {}

  /// The next task for a worker; nothing when all are given out or the window is closed.
  std::optional<std::size_t> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || given_ >= tasks_ || given_ < next_ + width_; });
    if (closed_ || given_ >= tasks_) return std::nullopt;
    return given_++;
  }

  void put(std::size_t task, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.emplace(task, std::move(outcome));
    changed_.notify_all();
  }

  /// The result of the next task in order, waiting for it.
  Outcome next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !outcomes_.empty() && outcomes_.begin()->first == next_; });
    Outcome outcome = std::move(outcomes_.begin()->second);
    outcomes_.erase(outcomes_.begin());
    ++next_;
    changed_.notify_all();
    return outcome;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::size_t tasks_;
  const std::size_t width_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Outcome> outcomes_;
  std::size_t given_ = 0;
  std::size_t next_ = 0;
  bool closed_ = false;
};

class Workers {
 public:
  Workers(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
          std::vector<InputPool>& pools, const EncodeOptions& options, StageClock& clock)
      : tasks_(tasks),
        branches_(branches),
        pools_(pools),
        role_(options.role),
        clock_(clock),
        window_(tasks.size(), 2 * options.batch_size + options.workers) {
    for (std::size_t i = 0; i < options.workers; ++i) threads_.emplace_back([this] { work(); });
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    window_.close();
    for (std::thread& thread : threads_) thread.join();
  }

  Outcome next() { return window_.next(); }
  /// From now on images are decoded only to see whether they can be.
  void only_check() { only_check_ = true; }

 private:
  void work() {
    while (const auto task = window_.take()) window_.put(*task, attempt(tasks_[*task]));
  }

  Outcome attempt(const ImageTask& task) {
    try {
      return prepare(task);
    } catch (const image::DecodeError& error) {
      return BadImage{task.image.name, error.what()};
    } catch (const InputError& error) {
      return BadImage{task.image.name, without_prefix(error.what(), role_ + " " + task.image.path + ": ")};
    } catch (...) {
      return std::current_exception();
    }
  }

  Prepared prepare(const ImageTask& task) {
    Prepared result;
    image::Pixels pixels;
    {
      const StageTimer timer(clock_, "decode");
      const auto bytes = read_bytes(task.image.path, role_);
      pixels = image::decode(bytes);
      result.file = identify(task.image, bytes);
    }
    const StageTimer timer(clock_, "prepare");
    result.inputs.resize(branches_.size());
    for (std::size_t b = 0; b < branches_.size(); ++b) {
      if (task.branches[b] && !only_check_) {
        result.inputs[b] = pools_[b].take();
        image::prepare_into(result.inputs[b], pixels, branches_[b].preparation);
      }
    }
    return result;
  }

  const std::vector<ImageTask>& tasks_;
  const std::vector<Branch>& branches_;
  std::vector<InputPool>& pools_;
  const std::string role_;
  StageClock& clock_;
  std::atomic<bool> only_check_ = false;
  OrderedWindow window_;
  std::vector<std::thread> threads_;
};

/// Gathers one branch's inputs until there are enough for a batch.
class Batcher {
 public:
  Batcher(const Branch& branch, InputPool& pool, const EncodeOptions& options, StageClock& clock,
          const std::function<void(ImageRows&&)>& sink)
      : branch_(branch), pool_(pool), batch_size_(options.batch_size), clock_(clock), sink_(sink) {}

  void add(const FileIdentity& file, at::Tensor input) {
    files_.push_back(file);
    inputs_.push_back(std::move(input));
    if (files_.size() == batch_size_) flush();
  }

  void flush() {
    if (files_.empty()) return;
    ImageRows rows{branch_.group, std::exchange(files_, {}), {}};
    {
      const StageTimer timer(clock_, branch_.group);
      const at::Tensor batch = at::stack(inputs_);
      pool_.give_back(std::exchange(inputs_, {}));
      rows.columns = branch_.encode(batch);
    }
    const StageTimer timer(clock_, "store");
    sink_(std::move(rows));
  }

 private:
  const Branch& branch_;
  InputPool& pool_;
  const std::size_t batch_size_;
  StageClock& clock_;
  const std::function<void(ImageRows&&)>& sink_;
  std::vector<FileIdentity> files_;
  std::vector<at::Tensor> inputs_;
};

[[noreturn]] void fail(const std::vector<BadImage>& bad, const std::string& role) {
  std::vector<std::string> problems;
  problems.reserve(bad.size());
  for (const BadImage& image : bad) problems.push_back(role + " " + image.name + ": " + image.why);
  if (problems.size() == 1) throw InputError(problems.front() + " (--on-bad-image skip leaves it out)");
  throw InputError(
      std::to_string(bad.size()) + " " + role + "s can't be used (--on-bad-image skip leaves them out):",
      problems);
}

}  // namespace

void check_images(const std::vector<ImageTask>& tasks, const EncodeOptions& options, const Monitor& monitor) {
  std::vector<std::optional<std::string>> found(tasks.size());
  std::atomic<std::size_t> next = 0;
  const auto look = [&] {
    for (std::size_t i = next++; i < tasks.size() && !monitor.stop.stop_requested(); i = next++) {
      found[i] = first_glance(tasks[i].image, options.role);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < options.workers; ++i) threads.emplace_back(look);
  threads.clear();  // joins
  monitor.check();
  std::vector<BadImage> bad;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (found[i]) bad.push_back({tasks[i].image.name, std::move(*found[i])});
  }
  if (!bad.empty()) fail(bad, options.role);
}

std::vector<BadImage> encode_images(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
                                    const EncodeOptions& options,
                                    const std::function<void(ImageRows&&)>& sink, const Monitor& monitor,
                                    StageClock& clock) {
  std::vector<BadImage> bad;
  std::vector<InputPool> pools(branches.size());
  std::vector<Batcher> batchers;
  batchers.reserve(branches.size());
  for (std::size_t b = 0; b < branches.size(); ++b) {
    batchers.emplace_back(branches[b], pools[b], options, clock, sink);
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
        if (prepared.inputs[b].defined()) batchers[b].add(prepared.file, std::move(prepared.inputs[b]));
      }
    }
    monitor.report(options.role + "s", i + 1, tasks.size());
  }
  for (Batcher& batcher : batchers) {
    monitor.check();
    batcher.flush();
  }
  if (!bad.empty() && !may_skip) fail(bad, options.role);
  return bad;
}

}  // namespace tise::pipeline
