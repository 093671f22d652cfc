#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

struct Step;

/// A look at all rows of a group, and what to do after it. Metrics that wait for the same rows share it.
struct Pass {
  const GroupRows* rows = nullptr;
  ColumnNames columns;
  std::size_t images = 0;  ///< how many there are
  RowVisitor visit;
  std::function<Step()> then;
};

/// How far the computation of a metric has come: its result, or the rows that it must see next.
struct Step {
  Step(Result value) : result(std::move(value)) {}
  Step(Pass next) : pass(std::make_shared<Pass>(std::move(next))) {}

  Result result;
  std::shared_ptr<const Pass> pass;  ///< null: the result is there
};

/// Does something to a step's result, when that is there.
Step when_done(Step step, std::function<Result(Result)> change);

/// Takes all steps to their results. Each group is read once for all that wait for it. Throws
/// std::logic_error unless it has each image once.
std::vector<Result> finish(std::vector<Step> steps);

}  // namespace tise::metrics
