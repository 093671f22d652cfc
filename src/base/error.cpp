#include "tise/base/error.h"

#include <algorithm>

#include "tise/base/utf8.h"

namespace tise {
namespace {

constexpr std::size_t kProblemsShown = 10;

std::string listed(const std::string& headline, const std::vector<std::string>& problems) {
  std::string text = on_one_line(headline);
  for (std::size_t i = 0; i < std::min(problems.size(), kProblemsShown); ++i) {
    text += "\n  " + on_one_line(problems[i]);
  }
  if (problems.size() > kProblemsShown) {
    text += "\n  … and " + std::to_string(problems.size() - kProblemsShown) + " more";
  }
  return text;
}

}  // namespace

Error::Error(ExitCode code, const std::string& message) : Error(code, on_one_line(message), AsItIs{}) {}

InputError::InputError(const std::string& headline, const std::vector<std::string>& problems)
    : Error(ExitCode::kBadInput, listed(headline, problems), AsItIs{}) {}

}  // namespace tise
