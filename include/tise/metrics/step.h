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

/// A pass over all rows of a group, and what to do after it. Metrics that wait for the same rows share it.
struct Pass {
  const GroupRows* rows = nullptr;
  ColumnNames columns;
  std::size_t images = 0;  ///< number of images
  RowVisitor visit;
  std::function<Step()> then;
};

/// A tile of the matrix of products of one set of rows with another, or with itself.
struct Tile {
  enum class Of {
    kImages,  ///< the images with themselves; off the diagonal a tile also stands for its mirror image
    kBoth,    ///< rows are the images, columns the real ones
    kReal,    ///< the real images with themselves; mirror images as for kImages
  };
  Of of = Of::kBoth;
  std::size_t row = 0;          ///< the place of its first row
  std::size_t column = 0;       ///< the place of its first column
  std::int64_t width = 0;       ///< number of features per row
  at::Tensor products = {};     ///< [r, c] float32: x · y
  at::Tensor row_squares = {};  ///< [r] float64: x · x
  at::Tensor column_squares = {};

  bool is_on_diagonal() const { return of != Of::kBoth && row == column; }
};

/// A pass over all pairs of rows, of images and real images, and what to do after it. Metrics that wait for
/// the same pairs share the products.
struct Pairing {
  /// Which pairs these are: equal for metrics that may share them.
  struct Which {
    const GroupRows* rows = nullptr;
    std::string column;
    std::vector<std::size_t> images;
    const RealFeatures* real = nullptr;
    bool operator==(const Which&) const = default;
  } which;
  PlacedRows images;
  PlacedRows real;
  bool looks_at_real_pairs = true;                      ///< whether it needs tiles of kReal
  c10::Device device;                                   ///< where the products are computed
  std::int64_t panel_bytes = std::int64_t{128} << 20U;  ///< bytes of rows in memory, for each side
  /// Computes what is needed from a tile. May be called on several threads at once.
  std::function<std::vector<at::Tensor>(const Tile&)> look;
  /// Receives what `look` returned. Tiles arrive without their products, in an order that depends only on how
  /// many there are.
  std::function<void(const Tile&, const std::vector<at::Tensor>&)> add;
  std::function<Step()> then;
};

/// The state of a metric's computation: its result, or the rows or pairs that it must see next.
struct Step {
  Step(Result value) : result(std::move(value)) {}
  Step(Pass next) : pass(std::make_shared<Pass>(std::move(next))) {}
  Step(Pairing next) : pairing(std::make_shared<Pairing>(std::move(next))) {}

  Result result;
  std::shared_ptr<const Pass> pass;
  std::shared_ptr<const Pairing> pairing;

  bool is_done() const { return pass == nullptr && pairing == nullptr; }
};

/// Applies `change` to a step's result, once it has one.
Step when_done(Step step, std::function<Result(Result)> change);

/// Runs all steps to their results. One read of a group serves all steps that wait for it. Throws
/// std::logic_error unless each group has every image exactly once.
std::vector<Result> finish(std::vector<Step> steps);

}  // namespace tise::metrics
