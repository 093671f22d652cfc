// Which entries of a leaderboard differ significantly: a compact letter display (Piepho, "An Algorithm for a
// Letter-Based Representation of All-Pairwise Comparisons", JCGS 2004). All values start in one group; a
// group that has both values of a pair that differs becomes two, one without each; groups within others go.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tise/metrics/significance.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using Group = std::set<std::size_t>;

constexpr std::size_t kLetters = 26;

struct Pair {
  std::size_t a = 0;
  std::size_t b = 0;
};

/// The pairs that differ, by a Gaussian test of independent values.
std::vector<Pair> differing(const std::vector<double>& values,
                            const std::vector<std::optional<double>>& errors, double alpha) {
  std::vector<Pair> pairs;
  std::vector<std::optional<double>> p_values;
  for (std::size_t a = 0; a < values.size(); ++a) {
    for (std::size_t b = a + 1; b < values.size(); ++b) {
      const double z = std::abs(values[a] - values[b]) / std::hypot(*errors[a], *errors[b]);
      pairs.push_back({a, b});
      p_values.emplace_back(std::isnan(z) ? 1.0 : std::erfc(z / std::sqrt(2.0)));
    }
  }
  const auto adjusted = metrics::holm(p_values);
  std::vector<Pair> found;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (*adjusted[i] < alpha) found.push_back(pairs[i]);
  }
  return found;
}

void absorb(std::vector<Group>& groups) {
  std::vector<Group> kept;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto holds = [&](std::size_t k) {
      const bool includes =
          std::includes(groups[k].begin(), groups[k].end(), groups[i].begin(), groups[i].end());
      return k != i && includes && (groups[k].size() > groups[i].size() || k < i);
    };
    bool within = false;
    for (std::size_t k = 0; k < groups.size(); ++k) within = within || holds(k);
    if (!within) kept.push_back(groups[i]);
  }
  groups = std::move(kept);
}

std::vector<Group> groups_of(std::size_t count, const std::vector<Pair>& pairs) {
  Group all;
  for (std::size_t i = 0; i < count; ++i) all.insert(i);
  std::vector<Group> groups{all};
  for (const auto& [a, b] : pairs) {
    std::vector<Group> next;
    for (const Group& group : groups) {
      if (!group.contains(a) || !group.contains(b)) {
        next.push_back(group);
        continue;
      }
      for (const std::size_t out : {a, b}) {
        Group smaller = group;
        smaller.erase(out);
        next.push_back(std::move(smaller));
      }
    }
    groups = std::move(next);
    absorb(groups);
    if (groups.size() > kLetters) return {};
  }
  return groups;
}

}  // namespace

std::vector<std::string> significance_letters(const std::vector<double>& values,
                                              const std::vector<std::optional<double>>& errors,
                                              bool higher_is_better, double alpha) {
  std::vector<std::string> letters(values.size());
  if (std::any_of(errors.begin(), errors.end(), [](const auto& error) { return !error; })) return letters;
  std::vector<Group> groups = groups_of(values.size(), differing(values, errors, alpha));
  const auto best_of = [&](const Group& group) {
    double best = higher_is_better ? -HUGE_VAL : HUGE_VAL;
    for (const std::size_t i : group)
      best = higher_is_better ? std::max(best, values[i]) : std::min(best, values[i]);
    return best;
  };
  std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
    return higher_is_better ? best_of(a) > best_of(b) : best_of(a) < best_of(b);
  });
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t i : groups[g]) letters[i] += static_cast<char>('a' + g);
  }
  return letters;
}

}  // namespace tise::report
