#include "tise/run/archives.h"

#include <algorithm>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/registry.h"
#include "tise/models/kind.h"
#include "tise/store/reader.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;

/// The kind that an archive must be of to play the role; null if there are several.
const models::Kind* only_kind(const metrics::Role& role) {
  return role.makers.size() == 1 ? models::find_kind(role.makers.front().kind) : nullptr;
}

void check_can_play(const models::Archive& archive, const metrics::Role& role) {
  const std::string_view kind = archive.card.kind->name;
  if (role.maker(kind) != nullptr) return;
  std::vector<std::string_view> kinds;
  for (const metrics::Maker& maker : role.makers) kinds.push_back(maker.kind);
  throw ModelError(concat("model archive ", archive.path.string(), ": holds a model of kind ", kind,
                          "; expected ", joined(kinds, " or ")));
}

/// Whether runs use an archive of this name by default.
bool is_looked_for(const std::string& stem) {
  return std::ranges::any_of(metrics::roles(), [&](const metrics::Role* role) {
    return std::ranges::find(role->archives, stem) != role->archives.end();
  });
}

}  // namespace

bool is_foreign(const fs::path& folder, const std::string& stem) {
  return !is_looked_for(stem) && !models::has_card(folder / (stem + ".pt"));
}

std::string Archives::cast(Planned& planned) {
  planned.cast.clear();
  try {
    return add_part(planned.cast, *planned.metric().role, planned.chosen.archive);
  } catch (const ModelError& error) {
    if (planned.chosen.archive.empty()) throw;
    throw ModelError(concat(planned.key(), ": ", error.what()));
  }
}

void Archives::hash_ahead(const std::vector<const Planned*>& metrics) {
  if (is_recalled_ || metrics.empty()) return;
  folder_ = models::find_models_folder(option_);
  std::set<std::string> stems;
  const auto want = [&](const metrics::Role& role, const std::string& archive) {
    if (!archive.empty()) return void(stems.insert(archive));
    // The first that exists plays the role.
    const auto first = std::ranges::find_if(
        role.archives, [&](const auto& stem) { return models::holds(folder_, concat(stem, ".pt")); });
    if (first != role.archives.end()) stems.emplace(*first);
  };
  const auto want_with_companions = [&](const metrics::Role& role, const std::string& archive) {
    want(role, archive);
    for (const metrics::Maker& maker : role.makers) {
      if (maker.companion != nullptr) want(*maker.companion, "");
    }
  };
  for (const Planned* planned : metrics) {
    const metrics::Role& role = *planned->metric().role;
    want_with_companions(role, planned->chosen.archive);
    if (role.finder != nullptr) want_with_companions(*role.finder, "");
  }
  // Anything that isn't a file is rejected when it is opened.
  std::erase_if(stems, [&](const std::string& stem) {
    std::error_code error;
    return opened_.contains(stem) || kind_of(folder_ / (stem + ".pt"), error) != PathKind::kFile;
  });
  const std::vector<std::string> list(stems.begin(), stems.end());
  std::vector<std::string> hashes(list.size());
  side_by_side(static_cast<std::int64_t>(list.size()), [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    hashes[place] = models::known_hash_of(folder_ / (list[place] + ".pt"));
  });
  for (std::size_t i = 0; i < list.size(); ++i) hashes_[list[i]] = hashes[i];
}

void Archives::take(const metrics::Role& role, const fs::path& path) {
  opened_.insert_or_assign(std::string(role.archives.front()), models::open_archive(path, only_kind(role)));
}

nlohmann::ordered_json Archives::known() const {
  auto known = nlohmann::ordered_json::object();
  for (const auto& [stem, archive] : opened_)
    known[stem] = {{"sha256", archive.sha256}, {"card", archive.card.json}};
  return known;
}

void Archives::recall(const nlohmann::ordered_json& known) {
  is_recalled_ = true;
  for (const auto& [stem, archive] : known.items()) {
    opened_[stem] = {stem + ".pt",
                     archive.at("sha256"),
                     models::parse_card(json_text(archive.at("card")), "card of " + stem),
                     {}};
  }
}

const models::Archive* Archives::open(const std::string& stem, const metrics::Role& role) {
  if (store::is_own_group(stem))
    throw ModelError(concat(stem, ".pt: this name is reserved by stores; rename the archive"));
  auto found = opened_.find(stem);
  if (found == opened_.end()) {
    if (is_recalled_) return nullptr;
    if (folder_.empty()) folder_ = models::find_models_folder(option_);
    const fs::path path = folder_ / (stem + ".pt");
    if (!models::holds(folder_, path.filename())) return nullptr;
    found = opened_.emplace(stem, models::open_archive(path, only_kind(role), hashes_[stem])).first;
  }
  check_can_play(found->second, role);
  return &found->second;
}

std::optional<Part> Archives::who_plays(const metrics::Role& role, const std::string& archive) {
  std::vector<std::string> stems(role.archives.begin(), role.archives.end());
  if (!archive.empty()) stems = {archive};
  for (const std::string& stem : stems) {
    if (const models::Archive* opened = open(stem, role)) {
      return Part{&role, metrics::field_of(role, archive), stem, opened, role.maker(opened->card.kind->name)};
    }
  }
  return std::nullopt;
}

std::string Archives::add_part(std::vector<Part>& cast, const metrics::Role& role,
                               const std::string& archive) {
  const auto part = who_plays(role, archive);
  if (!part) {
    const std::string stem = archive.empty() ? std::string(role.archives.back()) : archive;
    return concat("no ", stem, ".pt in ", folder_.string());
  }
  const bool is_own = cast.empty();
  cast.push_back(*part);
  if (const metrics::Role* companion = part->maker->companion; companion != nullptr && is_own) {
    // If the companion role has no archive of its own, the metric's archive plays it too.
    Part other = who_plays(*companion, "").value_or(*part);
    other.role = companion;
    other.field = metrics::field_of(*companion, "");
    cast.push_back(other);
  }
  return role.finder == nullptr ? "" : add_part(cast, *role.finder, "");
}

std::vector<std::string_view> metrics_waiting_for(std::string_view stem) {
  std::vector<std::string_view> keys;
  for (const metrics::Metric* metric : metrics::in_group(metrics::kBag)) {
    const metrics::Role& role = *metric->role;
    if (role.archives.back() == stem || (role.finder != nullptr && role.finder->archives.back() == stem))
      keys.push_back(metric->key);
  }
  return keys;
}

std::set<std::string> archives_of_interest(const std::optional<fs::path>& folder) {
  std::set<std::string> stems;
  if (folder) {
    for (std::string& stem : models::stems_in(*folder)) stems.insert(std::move(stem));
  }
  for (const metrics::Role* role : metrics::roles()) {
    if (!metrics_waiting_for(role->archives.back()).empty()) stems.emplace(role->archives.back());
  }
  return stems;
}

std::vector<std::string> metrics_on_request(const fs::path& folder, const std::string& stem,
                                            const models::Archive& archive) {
  const bool is_default = is_looked_for(stem);
  const auto plays = [&](const metrics::Role& role) {
    const auto first = std::ranges::find_if(
        role.archives, [&](std::string_view other) { return models::holds(folder, concat(other, ".pt")); });
    return first != role.archives.end() && *first == stem;
  };
  std::vector<std::string> keys;
  for (const metrics::Metric* metric : metrics::registry()) {
    const bool is_of_bag = metric->group == metrics::kBag;
    if ((is_default && is_of_bag) || metric->role->maker(archive.card.kind->name) == nullptr) continue;
    keys.push_back(metrics::Chosen{metric, plays(*metric->role) ? "" : stem}.key());
  }
  return keys;
}

}  // namespace tise::run
