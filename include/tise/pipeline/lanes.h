#pragma once

#include <c10/core/Device.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tise::pipeline {

/// Threads that compute in parallel and deliver their results in the order in which the work was given. On
/// CUDA each lane has its own stream, so that the device computes one lane's batch while another's is copied
/// or its results are processed.
class Lanes {
 public:
  /// Hands over a result; runs on the thread that gave the work.
  using Delivery = std::function<void()>;
  /// Computes on the lane's device; runs on any thread.
  using Work = std::function<Delivery(c10::Device)>;

  /// Makes one lane per entry, on its device. A single lane is the calling thread. Lanes on the CPU share
  /// LibTorch's threads.
  explicit Lanes(const std::vector<c10::Device>& devices);
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  /// Waits for tasks that are running; drops tasks that have not started.
  ~Lanes();

  /// Gives work to the next free lane, and delivers finished results whose turn it is. Blocks while all lanes
  /// are busy and more than one task is waiting for a lane. Finished tasks that wait for their turn don't
  /// count, so a long task blocks no other lane. Throws what work or a delivery throws.
  void run(Work work);
  /// Waits for all tasks and delivers them. Throws like `run`.
  void finish();

 private:
  struct Task {
    Work work;
    Delivery delivery;
    std::exception_ptr error;
    bool ended = false;
  };
  void work_on(c10::Device device, int threads);
  /// Delivers finished tasks in order; waits until at most `most` tasks are unfinished.
  void deliver(std::size_t most);

  std::vector<c10::Device> devices_;
  int threads_;  ///< number of LibTorch's threads for the calling thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Task>> waiting_;    ///< tasks that wait for a lane
  std::deque<std::shared_ptr<Task>> under_way_;  ///< all tasks not yet delivered, in the order given
  std::size_t unfinished_ = 0;                   ///< how many of `under_way_` have not ended
  bool closed_ = false;
  std::vector<std::thread> lanes_;
};

}  // namespace tise::pipeline
