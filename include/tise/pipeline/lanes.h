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

/// Threads that compute side by side, and whose results come in the order in which the work was given. On
/// CUDA a lane has a stream of its own: while one lane's batch is copied or its answers are looked at, the
/// device computes another's.
class Lanes {
 public:
  /// What is left to do with a result; on the thread that gave the work.
  using Delivery = std::function<void()>;
  /// Called with the lane's device, on any thread.
  using Work = std::function<Delivery(c10::Device)>;

  /// A lane for each entry, on its device. Where there is one only, it is the calling thread. Lanes on the
  /// CPU share LibTorch's threads among them.
  explicit Lanes(const std::vector<c10::Device>& devices);
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  /// Waits for what is being worked on; what hasn't begun is dropped.
  ~Lanes();

  /// Gives work to the next lane that is free, and delivers what has ended. Waits while all lanes are at work
  /// and more than one task waits for them; what has ended and waits for its turn doesn't count, so that a
  /// long task holds up no other lane. Throws what work or a delivery throws.
  void run(Work work);
  /// Waits for all that is under way, and delivers it. Throws likewise.
  void finish();

 private:
  struct Task {
    Work work;
    Delivery delivery;
    std::exception_ptr error;
    bool ended = false;
  };
  void work_on(c10::Device device, int threads);
  /// Delivers, in order, what has ended; waits until no more than `most` tasks have yet to end.
  void deliver(std::size_t most);

  std::vector<c10::Device> devices_;
  int threads_;  ///< LibTorch's, of the calling thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Task>> waiting_;    ///< for a lane
  std::deque<std::shared_ptr<Task>> under_way_;  ///< in the order given, until delivered
  std::size_t unfinished_ = 0;                   ///< of them, those that have yet to end
  bool closed_ = false;
  std::vector<std::thread> lanes_;
};

}  // namespace tise::pipeline
