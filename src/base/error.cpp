#include "tise/base/error.h"

#include <algorithm>

namespace tise {
namespace {

constexpr std::size_t kProblemsShown = 10;

std::string listed(const std::string& headline, const std::vector<std::string>& problems) {
  std::string text = headline;
  for (std::size_t i = 0; i < std::min(problems.size(), kProblemsShown); ++i) text += "\n  " + problems[i];
  if (problems.size() > kProblemsShown) {
    text += "\n  … and " + std::to_string(problems.size() - kProblemsShown) + " more";
  }
  return text;
}

}  // namespace

InputError::InputError(const std::string& headline, const std::vector<std::string>& problems)
    : Error(ExitCode::kBadInput, listed(headline, problems)) {}

}  // namespace tise
