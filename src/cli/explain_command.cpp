// A signature, or a report's, in words.

#include <filesystem>

#include "commands.h"
#include "outputs.h"
#include "tise/report/report.h"

namespace tise::cli {

ExitCode explain(const ExplainOptions& options) {
  const std::filesystem::path path(options.signature);
  std::error_code ignored;  // a signature is too long for a name
  const bool is_file = std::filesystem::exists(path, ignored);
  deliver(std::nullopt, "explanation",
          report::explain(is_file ? report::read_signature(path) : options.signature));
  return ExitCode::kOk;
}

}  // namespace tise::cli
