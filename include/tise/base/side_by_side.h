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

/// Calls f(0) to f(n − 1) on as many threads as ATen has, each call as soon as one is free: those that take
/// longest should come first. A call has one thread for itself, and so a result that doesn't depend on how
/// many there are. (at::parallel_for runs on one thread where the code isn't compiled for OpenMP, as ours
/// isn't.) Throws what one of the calls throws; others may then not be made.
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
    const ThreadsGuard whole(at::get_num_threads());  // ATen keeps one number for threads to come
    const std::int64_t workers = std::min<std::int64_t>(n, at::get_num_threads());
    std::vector<std::jthread> others;
    try {
      for (std::int64_t i = 1; i < workers; ++i) others.emplace_back(work);
    } catch (const std::system_error&) {
      // The system has no more threads: those that there are do it.
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

/// The same with the begin and the end of each stretch of at most `size` of n.
template <typename F>
void side_by_side_in(std::int64_t n, std::int64_t size, const F& f) {
  side_by_side((n + size - 1) / size, [&](std::int64_t i) { f(i * size, std::min(n, (i + 1) * size)); });
}

}  // namespace tise
