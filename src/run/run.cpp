#include "tise/run/run.h"

#include <algorithm>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"

namespace tise::run {

void Listener::info(const std::string&) {}
void Listener::detail(const std::string&) {}
void Listener::warn(const std::string&) {}
void Listener::progress(const std::string&, std::size_t, std::size_t) {}
void Listener::planned(const report::Report&) {}
void Listener::keeps_in(const std::filesystem::path&) {}
std::stop_token Listener::stop() const { return {}; }

bool Asked::has(const std::string& key) const {
  if (!keys.empty()) return metrics::asked_for(keys, key);
  const auto chosen = metrics::find_chosen(key);
  return chosen && chosen->archive.empty() && chosen->metric->group == metrics::kBag;
}

Asked asked(std::vector<std::string> names, const std::string& flag) {
  Asked asked;
  if (names.size() == 1 && metrics::in_group(names.front()) == metrics::in_group(metrics::kBag)) return asked;
  std::vector<std::string> by_name;
  for (const std::string& name : names) {
    const std::size_t at = std::min(name.find('@'), name.size());
    const std::string archive = name.substr(std::min(at + 1, name.size()));
    const std::vector<const metrics::Metric*> group = metrics::in_group(name.substr(0, at));
    if (group.empty()) {
      asked.keys.push_back(metrics::metric_named(flag, name, /*may_be_group=*/true).key());
      by_name.push_back(asked.keys.back());
      continue;
    }
    const bool is_bag = group.front()->group == metrics::kBag;
    if (at < name.size() && (is_bag || !is_stem(archive)))
      throw UsageError(concat(flag, ": \"", name, "\": ",
                              is_bag ? "its metrics need different kinds of networks; use fidelity@NAME"
                                     : "expected the name of an archive in the models folder after @"));
    asked.and_all |= is_bag;
    for (const metrics::Metric* metric : group) {
      asked.keys.push_back(metrics::Chosen{metric, archive}.key());
      if (!is_bag) asked.by_group.insert(asked.keys.back());
    }
  }
  for (const std::string& key : by_name) asked.by_group.erase(key);
  return asked;
}

}  // namespace tise::run
