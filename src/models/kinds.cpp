#include <algorithm>

#include "tise/models/models.h"

namespace tise::models {

extern const Kind kClassifier, kClip, kCounter, kDetector, kEncoder;

std::span<const Kind* const> kinds() {
  static constexpr const Kind* kKinds[] = {&kClassifier, &kClip, &kCounter, &kDetector, &kEncoder};
  return kKinds;
}

const Kind* find_kind(std::string_view name) {
  const auto is_named = [&](const Kind* kind) { return kind->name == name || kind->old_name == name; };
  const auto found = std::ranges::find_if(kinds(), is_named);
  return found == kinds().end() || name.empty() ? nullptr : *found;
}

std::unique_ptr<Network> load_network(const Archive& archive, const Compute& compute) {
  return archive.card.kind->load(archive, compute);
}

}  // namespace tise::models
