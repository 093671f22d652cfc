#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "tise/base/clock.h"
#include "tise/base/error.h"

namespace tise::pipeline {

/// Reports a run's progress and lets it be stopped.
struct Monitor {
  std::stop_token stop;
  /// Called from the encoding thread with the stage, the number done and the total.
  std::function<void(const std::string&, std::size_t, std::size_t)> progress;

  /// Throws Interrupted if a stop was requested.
  void check() const {
    if (stop.stop_requested()) throw Interrupted();
  }
  void report(const std::string& stage, std::size_t done, std::size_t total) const {
    if (progress) progress(stage, done, total);
  }
};

/// Seconds spent in each stage, summed over threads.
class StageClock {
 public:
  void add(const std::string& stage, double seconds) {
    const std::lock_guard lock(mutex_);
    seconds_[stage] += seconds;
  }
  std::map<std::string, double> seconds() const {
    const std::lock_guard lock(mutex_);
    return seconds_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, double> seconds_;
};

/// Adds the time from construction to destruction to a stage.
class StageTimer {
 public:
  StageTimer(StageClock& clock, std::string stage) : clock_(clock), stage_(std::move(stage)) {}
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer() { clock_.add(stage_, seconds_since(start_)); }

 private:
  StageClock& clock_;
  std::string stage_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tise::pipeline
