#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

struct RealFeatures;
struct Step;

/// A look at all rows of a group, and what to do after it. Metrics that wait for the same rows share it.
struct Pass {
  const GroupRows* rows = nullptr;
  ColumnNames columns;
  std::size_t images = 0;  ///< how many there are
  RowVisitor visit;
  std::function<Step()> then;
};

/// Products of some rows with others, where one set of rows meets another or itself.
struct Tile {
  enum class Of {
    kImages,  ///< rows and columns are of the images; off the diagonal it stands for its mirror image too
    kBoth,    ///< rows of the images, columns of real ones
    kReal,    ///< rows and columns of real images, likewise
  };
  Of of = Of::kBoth;
  std::size_t row = 0;     ///< the place of its first row
  std::size_t column = 0;  ///< likewise
  std::int64_t width = 0;  ///< of the rows
  at::Tensor products;     ///< [r, c] float32: x · y
  at::Tensor row_squares;  ///< [r] float64: x · x
  at::Tensor column_squares;

  bool is_on_diagonal() const { return of != Of::kBoth && row == column; }
};

/// A look at all pairs of rows, of images and real ones, and what to do after it. Metrics that wait for the
/// same pairs share the products.
struct Pairing {
  /// Which pairs those are: equal for metrics that may share them.
  struct Which {
    const GroupRows* rows = nullptr;
    std::string column;
    std::vector<std::size_t> images;
    const RealFeatures* real = nullptr;
    bool operator==(const Which&) const = default;
  } which;
  PlacedRows images;
  PlacedRows real;
  bool looks_at_real_pairs = true;                      ///< at tiles of kReal
  c10::Device device;                                   ///< where the products are
  std::int64_t panel_bytes = std::int64_t{128} << 20U;  ///< of the rows of either side in memory
  /// What of a tile is wanted; may be called on several threads at a time.
  std::function<std::vector<at::Tensor>(const Tile&)> look;
  /// Takes that; tiles come in an order that depends on nothing but their number, without their products.
  std::function<void(const Tile&, const std::vector<at::Tensor>&)> add;
  std::function<Step()> then;
};

/// How far the computation of a metric has come: its result, or the rows or pairs that it must see next.
struct Step {
  Step(Result value) : result(std::move(value)) {}
  Step(Pass next) : pass(std::make_shared<Pass>(std::move(next))) {}
  Step(Pairing next) : pairing(std::make_shared<Pairing>(std::move(next))) {}

  Result result;
  std::shared_ptr<const Pass> pass;
  std::shared_ptr<const Pairing> pairing;

  bool is_done() const { return pass == nullptr && pairing == nullptr; }
};

/// Does something to a step's result, once there is one.
Step when_done(Step step, std::function<Result(Result)> change);

/// Takes all steps to their results. Each group is read once for all that wait for it. Throws
/// std::logic_error unless it has each image once.
std::vector<Result> finish(std::vector<Step> steps);

}  // namespace tise::metrics
