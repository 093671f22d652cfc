#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

namespace tise::pipeline {

/// What a run says of itself while it runs, and how it is told to stop.
struct Monitor {
  std::stop_token stop;
  /// Called now and then from the encoding thread: stage, done, of how many.
  std::function<void(const std::string&, std::size_t, std::size_t)> progress;

  /// Throws Interrupted where a stop was asked for.
  void check() const;
  void report(const std::string& stage, std::size_t done, std::size_t total) const;
};

/// Seconds spent in each stage, added up over threads.
class StageClock {
 public:
  void add(const std::string& stage, double seconds);
  std::map<std::string, double> seconds() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, double> seconds_;
};

/// Adds the time from construction to destruction to a stage.
class StageTimer {
 public:
  StageTimer(StageClock& clock, std::string stage);
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;
  ~StageTimer();

 private:
  StageClock& clock_;
  std::string stage_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace tise::pipeline
