#include "tise/metrics/step.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

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

/// Shows the rows of a group to passes that wait for it.
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
    throw std::logic_error("the group lacks an evaluated image");
}

}  // namespace

Step when_done(Step step, std::function<Result(Result)> change) {
  if (!step.pass) return change(std::move(step.result));
  Pass pass = *step.pass;
  pass.then = [then = std::move(pass.then), change = std::move(change)] { return when_done(then(), change); };
  return pass;
}

std::vector<Result> finish(std::vector<Step> steps) {
  for (;;) {
    const auto waiting = std::ranges::find_if(steps, [](const Step& step) { return step.pass != nullptr; });
    if (waiting == steps.end()) break;
    const GroupRows* rows = waiting->pass->rows;
    std::vector<std::shared_ptr<const Pass>> passes;
    for (const Step& step : steps) {
      if (step.pass && step.pass->rows == rows) passes.push_back(step.pass);
    }
    look(*rows, passes);
    for (Step& step : steps) {
      if (step.pass && step.pass->rows == rows) step = step.pass->then();
    }
  }
  std::vector<Result> results;
  results.reserve(steps.size());
  for (Step& step : steps) results.push_back(std::move(step.result));
  return results;
}

}  // namespace tise::metrics
