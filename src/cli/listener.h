#pragma once

#include <functional>
#include <string>
#include <utility>

#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"
#include "tise/run/run.h"

namespace tise::cli {

/// A command's connection to the terminal: where it prints, and how it is stopped.
struct World {
  Console& console;
  InterruptGuard& interrupt;
};

/// Prints a run's messages and progress to the console, and stops the run on Ctrl-C.
class TerminalListener : public run::Listener {
 public:
  using OnPlanned = std::function<void(const report::Report&)>;
  explicit TerminalListener(World world, OnPlanned on_planned = {})
      : world_(world), on_planned_(std::move(on_planned)) {}

  void info(const std::string& message) override { world_.console.info(message); }
  void detail(const std::string& message) override { world_.console.detail(message); }
  void warn(const std::string& message) override { world_.console.warn(message); }
  void progress(const std::string& stage, std::size_t done, std::size_t total) override {
    world_.console.progress(stage, done, total);
  }
  void planned(const report::Report& expected) override {
    if (on_planned_) on_planned_(expected);
  }
  void keeps_in(const std::filesystem::path& temporary) override {
    world_.interrupt.remove_at_exit(temporary);
  }
  std::stop_token stop() const override { return world_.interrupt.token(); }

 private:
  World world_;
  OnPlanned on_planned_;
};

}  // namespace tise::cli
