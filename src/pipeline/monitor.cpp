#include "tise/pipeline/monitor.h"

#include <utility>

#include "tise/base/error.h"

namespace tise::pipeline {

void Monitor::check() const {
  if (stop.stop_requested()) throw Interrupted();
}

void Monitor::report(const std::string& stage, std::size_t done, std::size_t total) const {
  if (progress) progress(stage, done, total);
}

void StageClock::add(const std::string& stage, double seconds) {
  const std::lock_guard lock(mutex_);
  seconds_[stage] += seconds;
}

std::map<std::string, double> StageClock::seconds() const {
  const std::lock_guard lock(mutex_);
  return seconds_;
}

StageTimer::StageTimer(StageClock& clock, std::string stage)
    : clock_(clock), stage_(std::move(stage)), start_(std::chrono::steady_clock::now()) {}

StageTimer::~StageTimer() {
  clock_.add(stage_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
}

}  // namespace tise::pipeline
