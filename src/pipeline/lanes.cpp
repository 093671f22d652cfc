#include "tise/pipeline/lanes.h"

#include <ATen/Parallel.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tise::pipeline {
namespace {

/// Makes the thread compute on the device on its own stream; does nothing on the CPU.
std::optional<c10::StreamGuard> own_stream(c10::Device device) {
  if (device.is_cpu()) return std::nullopt;
  const c10::impl::VirtualGuardImpl streams(device.type());
  return std::make_optional<c10::StreamGuard>(streams.getStreamFromGlobalPool(device));
}

}  // namespace

Lanes::Lanes(const std::vector<c10::Device>& devices) : devices_(devices), threads_(at::get_num_threads()) {
  if (devices_.size() == 1) return;
  const int share = std::max(1, threads_ / static_cast<int>(devices_.size()));
  for (const c10::Device device : devices_) {
    lanes_.emplace_back([this, device, share] { work_on(device, device.is_cpu() ? share : threads_); });
  }
}

Lanes::~Lanes() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  for (std::thread& lane : lanes_) lane.join();
  if (!lanes_.empty()) at::set_num_threads(threads_);
}

void Lanes::run(Work work) {
  if (lanes_.empty()) return work(devices_.front())();
  auto task = std::make_shared<Task>();
  task->work = std::move(work);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(task);
    under_way_.push_back(std::move(task));
    ++unfinished_;
    changed_.notify_all();
  }
  deliver(lanes_.size() + 1);
}

void Lanes::finish() { deliver(0); }

void Lanes::deliver(std::size_t most) {
  std::unique_lock lock(mutex_);
  const auto may_deliver = [&] { return !under_way_.empty() && under_way_.front()->ended; };
  while (true) {
    changed_.wait(lock, [&] { return may_deliver() || unfinished_ <= most; });
    if (!may_deliver()) return;
    const std::shared_ptr<Task> first = std::move(under_way_.front());
    under_way_.pop_front();
    lock.unlock();
    if (first->error) std::rethrow_exception(first->error);
    first->delivery();
    lock.lock();
  }
}

void Lanes::work_on(c10::Device device, int threads) {
  at::get_num_threads();  // otherwise its first call on this thread could overwrite other threads' numbers
  at::set_num_threads(threads);
  const auto stream = own_stream(device);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (closed_) return;
    const std::shared_ptr<Task> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      task->delivery = std::exchange(task->work, nullptr)(device);
    } catch (...) {
      task->error = std::current_exception();
    }
    lock.lock();
    task->ended = true;
    --unfinished_;
    changed_.notify_all();
  }
}

}  // namespace tise::pipeline
