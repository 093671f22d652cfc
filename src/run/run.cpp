#include "tise/run/run.h"

#include <algorithm>

namespace tise::run {

void Listener::info(const std::string&) {}
void Listener::detail(const std::string&) {}
void Listener::warn(const std::string&) {}
void Listener::progress(const std::string&, std::size_t, std::size_t) {}
void Listener::planned(const report::Report&) {}
void Listener::keeps_in(const std::filesystem::path&) {}
std::stop_token Listener::stop() const { return {}; }

Asked asked(std::vector<std::string> names, const std::string& flag) {
  if (names.size() == 1 && names.front() == "all") names.clear();
  Asked asked;
  for (const std::string& name : names) {
    if (name != "all") {
      asked.keys.push_back(metrics::metric_named(flag, name).key());
      continue;
    }
    asked.and_all = true;
    for (const metrics::Metric* metric : metrics::registry()) asked.keys.emplace_back(metric->key);
  }
  return asked;
}

}  // namespace tise::run
