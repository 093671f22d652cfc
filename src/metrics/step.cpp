#include "tise/metrics/step.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "row_pairs.h"

namespace tise::metrics {
namespace {

/// The columns of all passes, each once.
ColumnNames all_columns(const std::vector<std::shared_ptr<const Pass>>& passes) {
  ColumnNames columns;
  for (const auto& pass : passes) {
    for (const std::string& column : pass->columns) {
      if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    }
  }
  return columns;
}

/// Shows the rows of a group to the passes that wait for it.
void look(const GroupRows& rows, const std::vector<std::shared_ptr<const Pass>>& passes) {
  std::vector<bool> seen(passes.front()->images, false);
  rows.visit(all_columns(passes), [&](const Rows& block) {
    for (const std::size_t image : block.images) {
      if (seen.at(image)) throw std::logic_error("the group has an image twice");
      seen[image] = true;
    }
    for (const auto& pass : passes) pass->visit(block);
  });
  if (std::ranges::find(seen, false) != seen.end())
    throw std::logic_error("an evaluated image is missing from the group");
}

/// Shows what some steps wait for to all of these steps, and advances them.
template <typename Next, typename Same, typename Show>
void show(std::vector<Step>& steps, std::shared_ptr<const Next> Step::*next, const Same& is_same,
          const Show& show_to) {
  const auto waits = [&](const Step& step) { return step.*next && is_same(*(step.*next)); };
  std::vector<std::shared_ptr<const Next>> waiting;
  for (const Step& step : steps) {
    if (waits(step)) waiting.push_back(step.*next);
  }
  show_to(waiting);
  for (Step& step : steps) {
    if (waits(step)) step = (step.*next)->then();
  }
}

void show_rows(std::vector<Step>& steps, const GroupRows& rows) {
  show(
      steps, &Step::pass, [&](const Pass& pass) { return pass.rows == &rows; },
      [&](const auto& passes) { look(rows, passes); });
}

void show_pairs(std::vector<Step>& steps, const Pairing::Which& which) {
  show(
      steps, &Step::pairing, [&](const Pairing& pairing) { return pairing.which == which; }, &look_at_pairs);
}

}  // namespace

Step when_done(Step step, std::function<Result(Result)> change) {
  if (step.is_done()) return change(std::move(step.result));
  const auto then_change = [&](auto next) -> Step {
    next.then = [then = std::move(next.then), change = std::move(change)] {
      return when_done(then(), change);
    };
    return next;
  };
  return step.pass ? then_change(*step.pass) : then_change(*step.pairing);
}

std::vector<Result> finish(std::vector<Step> steps) {
  for (;;) {
    const auto waiting =
        std::ranges::find_if(steps, [](const Step& step) { return step.pass || step.pairing; });
    if (waiting == steps.end()) break;
    const Step step = *waiting;  // a copy, since `show` replaces the original
    step.pass ? show_rows(steps, *step.pass->rows) : show_pairs(steps, step.pairing->which);
  }
  std::vector<Result> results;
  results.reserve(steps.size());
  for (Step& step : steps) results.push_back(std::move(step.result));
  return results;
}

}  // namespace tise::metrics
