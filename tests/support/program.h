#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tise::testing {

/// How a program ended and what it said.
struct Outcome {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out;
  std::string err;
};

/// Runs the built tise-eval as a shell would, with no models folder in the environment. With
/// `interrupt_after` it gets a SIGINT that long after its start.
Outcome tise_eval(const std::vector<std::string>& arguments,
                  std::optional<std::chrono::milliseconds> interrupt_after = std::nullopt);

/// A folder or file of the demo world.
std::string demo(const std::string& name);

}  // namespace tise::testing
