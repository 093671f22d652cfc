// A signature, or a report's, in words.

#include <filesystem>

#include "commands.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/report/report.h"

namespace tise::cli {

ExitCode explain(const ExplainOptions& options) {
  const std::filesystem::path path(options.signature);
  std::error_code error;
  const PathKind kind = kind_of(path, error);
  // A signature is too long for a name, and has what is seldom in one.
  if (error && options.signature.find('|') == std::string::npos) {
    throw InputError(concat("report ", options.signature, ": ", reason_of(error)));
  }
  const bool is_report = !error && kind != PathKind::kMissing;
  deliver(std::nullopt, "explanation",
          printable(report::explain(is_report ? report::read_signature(path) : options.signature)));
  return ExitCode::kOk;
}

}  // namespace tise::cli
