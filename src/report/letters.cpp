// Which entries of a leaderboard differ significantly: a compact letter display (Piepho, "An Algorithm for a
// Letter-Based Representation of All-Pairwise Comparisons", JCGS 2004). All values start in one group. For
// each pair that differs, a group with both values is replaced by two groups, each without one of them.
// Groups contained in other groups are dropped.

#include <algorithm>
#include <cmath>
#include <set>

#include "difference.h"
#include "ranking.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/significance.h"

namespace tise::report {
namespace {

using Group = std::set<std::size_t>;

constexpr std::size_t kLetters = 26;
constexpr double kLevel = 0.05;  // after Holm's adjustment

/// A test of two values, given by their indices.
struct PairTest {
  std::size_t a = 0;
  std::size_t b = 0;
  std::optional<double> p;  ///< nullopt if they can't be tested
};

/// The tests that find a difference.
std::vector<PairTest> found(const std::vector<PairTest>& tests) {
  const auto adjusted = metrics::holm(mapped(tests, &PairTest::p));
  std::vector<PairTest> differing;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (adjusted[i] && *adjusted[i] < kLevel) differing.push_back(tests[i]);
  }
  return differing;
}

void absorb(std::vector<Group>& groups) {
  std::vector<Group> kept;
  for (const Group& group : groups) {
    const bool within = std::ranges::any_of(groups, [&](const Group& other) {
      const bool goes_first = other.size() > group.size() || &other < &group;
      return &other != &group && goes_first && std::ranges::includes(other, group);
    });
    if (!within) kept.push_back(group);
  }
  groups = std::move(kept);
}

std::vector<Group> groups_of(std::size_t count, const std::vector<PairTest>& differing) {
  Group all;
  for (std::size_t i = 0; i < count; ++i) all.insert(i);
  std::vector<Group> groups{all};
  for (const auto& [a, b, p] : differing) {
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

/// The letters of each value; all empty if there are more groups than letters.
std::vector<std::string> letters_of(const std::vector<double>& values, const std::vector<PairTest>& tests,
                                    bool higher_is_better) {
  std::vector<std::string> letters(values.size());
  std::vector<Group> groups = groups_of(values.size(), found(tests));
  const double better = higher_is_better ? 1.0 : -1.0;
  const auto best_of = [&](const Group& group) {
    double best = -HUGE_VAL;
    for (const std::size_t i : group) best = std::max(best, better * values[i]);
    return best;
  };
  std::ranges::stable_sort(groups, std::greater(), best_of);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t i : groups[g]) letters[i] += static_cast<char>('a' + g);
  }
  return letters;
}

/// The p-value of two independent Gaussian values with these errors.
std::optional<double> independent_p(double a, const ReportedError& a_error, double b,
                                    const ReportedError& b_error) {
  if (!a_error.widening || !b_error.widening) return std::nullopt;
  const double error =
      std::hypot(a_error.std_error * *a_error.widening, b_error.std_error * *b_error.widening);
  if (a == b) return 1.0;
  if (error == 0.0) return std::nullopt;  // all samples agree, which says little about other samples
  return std::erfc(std::abs(a - b) / error / std::sqrt(2.0));
}

/// The p-values of two entries, by metric.
using ByMetric = std::map<std::string, std::optional<double>>;

ByMetric tests_of(const RankEntry& a, const RankEntry& b, const std::vector<std::string>& keys) {
  if (a.samples && b.samples && a.samples->prompts != b.samples->prompts)
    return ByMetric();  // their errors mean different things
  std::optional<Sides> sides;
  if (a.samples && b.samples) sides.emplace(sides_of(*a.samples, *b.samples));
  ByMetric p_values;
  for (const std::string& key : keys) {
    if (!a.values.contains(key) || !b.values.contains(key)) continue;
    if (sides && a.samples->metrics.contains(key) && b.samples->metrics.contains(key)) {
      const Difference difference = difference_of(key, *sides);
      const bool says_something = difference.not_judged.empty() || difference.leeway > 0.0;
      p_values[key] = says_something ? difference.p : std::nullopt;
    } else if (a.errors.contains(key) && b.errors.contains(key)) {
      p_values[key] = independent_p(a.values.at(key), a.errors.at(key), b.values.at(key), b.errors.at(key));
    }
  }
  return p_values;
}

/// For one metric: the indices of the entries that have it, their values and the tests of all pairs.
struct Compared {
  std::vector<std::size_t> places;
  std::vector<double> values;
  std::vector<PairTest> tests;
  bool is_complete = true;
};

Compared compared(const Leaderboard& board, const std::string& key,
                  const std::map<std::pair<std::size_t, std::size_t>, ByMetric>& tests) {
  Compared all;
  for (std::size_t i = 0; i < board.entries.size(); ++i) {
    const double* value = find_in(board.entries[i].values, key);
    if (value == nullptr) continue;
    for (std::size_t k = 0; k < all.places.size(); ++k) {
      const auto* p = find_in(tests.at({all.places[k], i}), key);
      all.is_complete = all.is_complete && p != nullptr;
      if (all.is_complete) all.tests.push_back({k, all.places.size(), *p});
    }
    all.places.push_back(i);
    all.values.push_back(*value);
  }
  return all;
}

}  // namespace

void add_letters(Leaderboard& board) {
  std::map<std::pair<std::size_t, std::size_t>, ByMetric> tests;
  for (std::size_t a = 0; a < board.entries.size(); ++a) {
    for (std::size_t b = a + 1; b < board.entries.size(); ++b)
      tests[{a, b}] = tests_of(board.entries[a], board.entries[b], board.metrics);
  }
  for (const std::string& key : board.metrics) {
    const Compared all = compared(board, key, tests);
    if (!all.is_complete) continue;
    const auto letters = letters_of(all.values, all.tests, metrics::find_metric(key)->higher_is_better);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      if (!letters[i].empty()) board.entries[all.places[i]].letters[key] = letters[i];
    }
  }
}

}  // namespace tise::report
