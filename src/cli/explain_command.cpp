// `tise-eval explain`: puts a signature, or that of a report, into words.

#include <filesystem>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/report/compare.h"
#include "tise/report/report.h"

namespace tise::cli {

namespace {

std::string signature_in(const std::filesystem::path& path) {
  return report::holds_samples(path) ? report::read_sample_set(path).signature : report::read_signature(path);
}

ExitCode explain(const std::string& signature) {
  const std::filesystem::path path(signature);
  std::error_code error;
  const PathKind kind = kind_of(path, error);
  // A signature is too long for a file name, and unlike most names it contains |.
  if (error && signature.find('|') == std::string::npos) {
    throw InputError(concat("report ", signature, ": ", reason_of(error)));
  }
  const bool is_file = !error && kind != PathKind::kMissing;
  deliver(std::nullopt, "explanation", printable(report::explain(is_file ? signature_in(path) : signature)));
  return ExitCode::kOk;
}

}  // namespace

void add_explain(CommandLine& line) {
  const auto signature = std::make_shared<std::string>();
  CLI::App& command =
      line.add("explain", "explain a report's signature in words", "tise-eval explain report.json",
               [signature](World) { return explain(*signature); });
  add(command, kInputs, "signature SIGNATURE|FILE", *signature,
      "a signature, in quotes, or a report, a samples file or a store")
      ->required();
}

}  // namespace tise::cli
