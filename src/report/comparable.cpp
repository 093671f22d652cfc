// Which numbers may stand in one ranking.
//
// Two reports agree where every signature field that both have is the same, `metrics` and `v` aside. A field
// is there only where a metric that it concerns has a value, so one that a report lacks is a difference of
// metrics, not of protocol. A field that is not in the table below concerns every metric.

#include "comparable.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "tise/base/concat.h"

namespace tise::report {
namespace {

/// What a signature field says, and whose numbers it moves.
struct Field {
  std::string_view key;
  std::string_view meaning;
  std::array<std::string_view, 5> metrics;
};

constexpr std::array kFields{
    Field{"metrics", "what was computed", {}},
    Field{"v", "the version", {}},
    Field{"prompt", "the prompt of CLIP-S", {}},
    Field{"clip", "CLIP", {"RP", "PA"}},
    Field{"captions", "the captions", {"RP", "SOA-C", "SOA-I", "PA", "CA"}},
    Field{"inception", "IS*'s classifier", {"IS*"}},
    Field{"FID", "FID's network", {"FID"}},
    Field{"objects", "the classifier of objects", {"O-IS", "O-FID"}},
    Field{"detector", "the detector", {"SOA-C", "SOA-I", "O-IS", "O-FID"}},
    Field{"counts", "what counts for CA", {"CA"}},
    Field{"threshold", "the detector's threshold", {"SOA-C", "SOA-I", "O-IS", "O-FID", "CA"}},
    Field{"splits", "the splits", {"IS*", "O-IS"}},
    Field{"seed", "the seed of the splits", {"IS*", "O-IS"}},
    Field{"T", "IS*'s temperature", {"IS*"}},
    Field{"O-T", "O-IS's temperature", {"O-IS"}},
    Field{"real", "FID's reference", {"FID"}},
    Field{"real-objects", "O-FID's reference", {"O-FID"}},
    Field{"RP", "RP's estimator", {"RP"}},
};

/// Shares in our reports, percentages in TISE's files.
constexpr std::array<std::string_view, 4> kShares{"RP", "SOA-C", "SOA-I", "PA"};

/// `clip.input` belongs to `clip`.
const Field* find_field(std::string_view key) {
  key = key.substr(0, key.find('.'));
  const auto found =
      std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return f.key == key; });
  return found == kFields.end() ? nullptr : &*found;
}

bool concerns(std::string_view key, const std::vector<std::string>& metrics) {
  const Field* field = find_field(key);
  if (field == nullptr) return true;
  return std::any_of(metrics.begin(), metrics.end(), [&](const std::string& metric) {
    return std::find(field->metrics.begin(), field->metrics.end(), metric) != field->metrics.end();
  });
}

/// Calls `visit(key, value)` with each field of a signature.
template <typename Visit>
void for_each_field(std::string_view signature, const Visit& visit) {
  while (!signature.empty()) {
    const std::string_view field = signature.substr(0, signature.find('|'));
    signature.remove_prefix(std::min(field.size() + 1, signature.size()));
    const std::size_t colon = std::min(field.find(':'), field.size());
    visit(field.substr(0, colon), field.substr(std::min(colon + 1, field.size())));
  }
}

struct Said {
  std::string_view value;
  const RankEntry* by = nullptr;
};

std::string difference(std::string_view key, const Said& first, const Said& other) {
  const Field* field = find_field(key);
  return concat(field == nullptr ? key : field->meaning, ": ", key, ":", first.value, " in ", first.by->path,
                ", ", key, ":", other.value, " in ", other.by->path);
}

/// Each field's first value and the first that differs from it.
std::vector<std::string> signature_differences(const std::vector<const RankEntry*>& entries,
                                               const std::vector<std::string>& metrics) {
  std::map<std::string_view, Said> first;
  std::map<std::string_view, std::string> differences;
  for (const RankEntry* entry : entries) {
    if (!entry->signature) continue;
    for_each_field(*entry->signature, [&](std::string_view key, std::string_view value) {
      if (!concerns(key, metrics)) return;
      const Said said{value, entry};
      const auto [known, is_first] = first.emplace(key, said);
      if (!is_first && known->second.value != value) {
        differences.emplace(key, difference(key, known->second, said));
      }
    });
  }
  std::vector<std::string> listed;
  listed.reserve(differences.size());
  for (auto& [key, text] : differences) listed.push_back(std::move(text));
  return listed;
}

/// The scale can't be told from a 0, and needn't: it is the worst on either.
std::optional<std::string> mixed_scales(const std::vector<const RankEntry*>& entries,
                                        const std::string& metric) {
  const RankEntry* share = nullptr;
  const RankEntry* percentage = nullptr;
  for (const RankEntry* entry : entries) {
    const double value = entry->values.at(metric);
    if (value > 1 && percentage == nullptr) percentage = entry;
    if (value > 0 && value <= 1 && share == nullptr) share = entry;
  }
  if (share == nullptr || percentage == nullptr) return std::nullopt;
  return concat(metric, ": a share (0..1) in ", share->path, ", ", share->values.at(metric),
                "; a percentage in ", percentage->path, ", ", percentage->values.at(metric));
}

}  // namespace

std::vector<std::string> obstacles(const std::vector<const RankEntry*>& entries,
                                   const std::vector<std::string>& metrics) {
  std::vector<std::string> found = signature_differences(entries, metrics);
  for (const std::string& metric : metrics) {
    if (std::find(kShares.begin(), kShares.end(), metric) == kShares.end()) continue;
    if (auto mixed = mixed_scales(entries, metric)) found.push_back(std::move(*mixed));
  }
  return found;
}

}  // namespace tise::report
