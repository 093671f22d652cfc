#pragma once

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

/// Runs the built tise-eval as a shell would, with no models folder in the environment. With `interrupt_at`
/// it gets a SIGINT as soon as that text is on its stderr.
Outcome tise_eval(const std::vector<std::string>& arguments,
                  const std::optional<std::string>& interrupt_at = std::nullopt);

/// A folder or file of the demo world.
std::string demo(const std::string& name);

}  // namespace tise::testing
