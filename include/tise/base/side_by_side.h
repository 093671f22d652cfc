#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tise {

/// Sets how many ATen threads the calling thread uses, until the end of the scope.
class ThreadsGuard {
 public:
  explicit ThreadsGuard(int threads) : before_(at::get_num_threads()) { at::set_num_threads(threads); }
  ThreadsGuard(const ThreadsGuard&) = delete;
  ThreadsGuard& operator=(const ThreadsGuard&) = delete;
  ~ThreadsGuard() { at::set_num_threads(before_); }

 private:
  int before_;
};

/// Calls f(0) to f(n − 1) on as many threads as ATen has. Each call starts as soon as a thread is free, so
/// the longest calls should come first. Inside a call ATen uses one thread, so results don't depend on the
/// number of threads. (at::parallel_for would use one thread in all, since our code isn't compiled with
/// OpenMP.)
///
/// If a call throws, the calls not yet started are skipped and the exception is rethrown; of several, that
/// of the first call in order.
template <typename F>
void side_by_side(std::int64_t n, const F& f) {
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  std::int64_t failed = n;
  const auto work = [&] {
    const ThreadsGuard one(1);
    std::int64_t i = 0;
    try {
      for (i = next++; i < n; i = next++) f(i);
    } catch (...) {
      next = n;
      const std::lock_guard lock(mutex);
      if (i < failed) error = std::current_exception();
      failed = std::min(failed, i);
    }
  };
  {
    const ThreadsGuard whole(at::get_num_threads());  // restores the number that new threads inherit
    const std::int64_t workers = std::min<std::int64_t>(n, at::get_num_threads());
    std::vector<std::jthread> others;
    try {
      for (std::int64_t i = 1; i < workers; ++i) others.emplace_back(work);
    } catch (const std::system_error&) {
      // The system can't start more threads: those that were started do the work.
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

/// Calls f(begin, end) in the same way, for consecutive ranges of at most `size` that cover [0, n).
template <typename F>
void side_by_side_in(std::int64_t n, std::int64_t size, const F& f) {
  side_by_side((n + size - 1) / size, [&](std::int64_t i) { f(i * size, std::min(n, (i + 1) * size)); });
}

}  // namespace tise
