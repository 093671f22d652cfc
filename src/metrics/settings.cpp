#include "tise/metrics/settings.h"

namespace tise::metrics {

std::string_view to_string(Protocol protocol) { return protocol == Protocol::kTise ? "tise" : "paper"; }

std::string prompt_as_used(std::string prompt) {
  if (!prompt.empty() && prompt.back() != ' ') prompt += ' ';
  return prompt;
}

std::size_t fid_samples(std::size_t count, Protocol protocol) {
  constexpr std::size_t kTiseBatch = 50;
  return protocol == Protocol::kTise ? count - count % kTiseBatch : count;
}

std::string_view to_string(Prompts prompts) { return prompts == Prompts::kFixed ? "fixed" : "sampled"; }

}  // namespace tise::metrics
