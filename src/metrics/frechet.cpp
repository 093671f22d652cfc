// The Fréchet distance of Gaussians (Dowson, Landau 1982),
//
//     ‖μ−μᵣ‖² + tr(Σ + Σᵣ − 2 (ΣΣᵣ)^½)
//
// The trace of the root is the sum of the roots of the eigenvalues of ΣΣᵣ. With Σᵣ = RRᵀ those are the
// eigenvalues of the symmetric RᵀΣR, found in float64. R is Σᵣ's Cholesky factor. Where Σᵣ may be singular it
// comes of an eigenproblem and has a column for each direction in which Σᵣ varies at all; the set with fewer
// samples lends it, so that directions without variance (which come out of an eigenproblem as ±1e-16 of the
// largest, and whose root would be 1e-8 of it each) are not summed. What rounding leaves below zero counts as
// 0, the distance's own last digits included.
//
// Several parts of the rows, and what they add up to, share one R where nothing is singular: RᵀΣR is the
// covariance of the rows times R, so each part's products are mapped once and then added up.
//
// A row x of n moves the mean by (x−μ) and the covariance by n/(n−1) (x−μ)(x−μ)ᵀ − Σ, times its weight. The
// distance has the gradient 2(μ−μᵣ) in the mean and I − M in the covariance, where M is the optimal transport
// map from the one Gaussian to the other (MΣM = Σᵣ): so the row's influence is
//
//     ψ(x) = 2(μ−μᵣ)·(x−μ) + n/(n−1) (x−μ)ᵀ(I−M)(x−μ) − tr((I−M)Σ),   tr(MΣ) = tr((ΣΣᵣ)^½)
//
// With RᵀΣR = U s² Uᵀ, M = R U s⁻¹ Uᵀ Rᵀ; where R is Σ's own factor and RᵀΣᵣR = U s² Uᵀ, M = R⁻ᵀ U s Uᵀ R⁻¹.
// Directions in which s is 0 are left out of M (docs/statistics.md has the derivation). I − M is symmetric,
// so its lower triangle with the part below the diagonal doubled has the same quadratic form, and half of the
// product with the rows is left out.
//
// An eigenproblem runs on one thread, and several of them side by side: two threads take 0.6 to 0.9 of the
// time of one, and MKL's first with more than one waits a second for the clock (docs/dev/performance.md).

#include "tise/metrics/frechet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "tise/base/side_by_side.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

/// A pivot this small, of the largest variance, may be rounding.
constexpr double kSmallPivot = 1e-10;
/// Of a product that is symmetric, or of one with a triangular matrix, the blocks on and below the diagonal
/// are enough. Wider ones multiply faster, narrower ones leave more out: columns per block.
constexpr std::int64_t kColumns = 256;
/// Rows per block.
constexpr std::int64_t kRows = 1024;
/// Rows whose influence is computed at a time: with what comes between they fit into a core's cache.
constexpr std::int64_t kSamples = 256;

/// Rows and columns of a block of a lower triangle.
struct Block {
  std::int64_t row;
  std::int64_t rows;
  std::int64_t column;
  std::int64_t columns;
  at::Tensor of(const at::Tensor& matrix) const {
    return matrix.narrow(0, row, rows).narrow(1, column, columns);
  }
};

/// The blocks on and below the diagonal of an [n, n] matrix.
std::vector<Block> blocks_below(std::int64_t n) {
  std::vector<Block> blocks;
  for (std::int64_t column = 0; column < n; column += kColumns) {
    for (std::int64_t row = column; row < n; row += kRows)
      blocks.push_back({row, std::min(kRows, n - row), column, std::min(kColumns, n - column)});
  }
  return blocks;
}

template <typename Visit>
void for_each_block_below(std::int64_t n, const Visit& visit) {
  const std::vector<Block> blocks = blocks_below(n);
  side_by_side(static_cast<std::int64_t>(blocks.size()),
               [&](std::int64_t i) { visit(blocks[static_cast<std::size_t>(i)]); });
}

/// Adds the lower triangle of rowsᵀ · rows to that of `sum`.
void add_scatter(at::Tensor& sum, const at::Tensor& rows) {
  const auto add = [&](const Block& block) {
    block.of(sum).addmm_(rows.narrow(1, block.row, block.rows).t(),
                         rows.narrow(1, block.column, block.columns));
  };
  if (rows.is_cpu()) return for_each_block_below(rows.size(1), add);
  for (const Block& block : blocks_below(rows.size(1))) add(block);
}

/// Makes a matrix symmetric whose lower triangle is there.
at::Tensor mirrored(at::Tensor matrix) {
  for_each_block_below(matrix.size(0), [&](const Block& block) {
    const std::int64_t below = block.row == block.column ? block.columns : 0;  // rows of the diagonal block
    if (below > 0) {
      at::Tensor corner = matrix.narrow(0, block.row, below).narrow(1, block.column, below);
      corner.copy_(corner.tril() + corner.tril(-1).t());
    }
    const Block rest{block.row + below, block.rows - below, block.column, block.columns};
    Block{rest.column, rest.columns, rest.row, rest.rows}.of(matrix).copy_(rest.of(matrix).t());
  });
  return matrix;
}

/// The lower triangle of LᵀSL, [n, n], of a symmetric S and a lower triangular L.
at::Tensor congruent(const at::Tensor& symmetric, const at::Tensor& lower) {
  const std::int64_t n = lower.size(0);
  at::Tensor product = at::empty({n, n}, lower.options());
  side_by_side_in(n, kColumns, [&](std::int64_t begin, std::int64_t end) {
    const auto corner = [&](const at::Tensor& matrix) { return matrix.slice(0, begin).slice(1, begin); };
    const at::Tensor right = at::matmul(corner(symmetric), corner(lower).slice(1, 0, end - begin));
    for (std::int64_t row = begin; row < n; row += kColumns) {
      const std::int64_t rows = std::min(kColumns, n - row);
      at::Tensor out = product.narrow(0, row, rows).slice(1, begin, end);
      at::mm_out(out, lower.slice(0, row).narrow(1, row, rows).t(), right.slice(0, row - begin));
    }
  });
  return product;
}

/// L · M, of a lower triangular L.
at::Tensor times_lower(const at::Tensor& lower, const at::Tensor& matrix) {
  at::Tensor product = at::empty_like(matrix);
  const std::int64_t n = lower.size(0);
  const std::int64_t strips = (n + kColumns - 1) / kColumns;
  side_by_side(strips, [&](std::int64_t i) {
    const std::int64_t begin = (strips - 1 - i) * kColumns;  // the longest first
    const std::int64_t end = std::min(n, begin + kColumns);
    at::Tensor out = product.slice(0, begin, end);
    at::mm_out(out, lower.slice(0, begin, end).slice(1, 0, end), matrix.slice(0, 0, end));
  });
  return product;
}

/// Calls `visit` with a few rows of a block at a time, which fit into a core's cache, and the first one's
/// number.
template <typename Visit>
void in_strips(const at::Tensor& block, const Visit& visit) {
  constexpr std::int64_t kStrip = 64;
  if (!block.is_cpu()) return visit(block, 0);
  side_by_side_in(block.size(0), kStrip,
                  [&](std::int64_t begin, std::int64_t end) { visit(block.slice(0, begin, end), begin); });
}

/// Puts rows less `origin` into `out`, [n, F] float64. Returns their sum.
at::Tensor moved(const at::Tensor& out, const at::Tensor& rows, const at::Tensor& origin) {
  std::map<std::int64_t, at::Tensor> sums;  // by strip, so that they are added in order
  std::mutex mutex;
  in_strips(out, [&](at::Tensor strip, std::int64_t first) {
    strip.copy_(rows.narrow(0, first, strip.size(0))).sub_(origin);
    at::Tensor sum = strip.sum(0);
    const std::lock_guard lock(mutex);
    sums[first] = std::move(sum);
  });
  at::Tensor all = at::zeros_like(origin);
  for (const auto& [first, sum] : sums) all += sum;
  return all;
}

/// How many of some rising eigenvalues are 0 but for rounding.
std::int64_t nulls_among(const at::Tensor& values) {
  const double largest = values[-1].item<double>();
  const double noise = largest * static_cast<double>(values.size(0)) * std::numeric_limits<double>::epsilon();
  return (values <= std::max(noise, 0.0)).sum().item<std::int64_t>();
}

/// [rank, F] the inverse of a factor, of an eigenproblem's the pseudo-inverse.
at::Tensor inverse_of(const Factor& factor) {
  if (!factor.triangular) return factor.root.t() / factor.root.square().sum(0).unsqueeze(1);
  const at::Tensor identity = at::eye(factor.root.size(0), factor.root.options());
  return at::linalg_solve_triangular(factor.root, identity, /*upper=*/false);
}

/// By Cholesky, which takes a tenth of an eigenproblem's time, unless the covariance may be singular.
Factor factor_of(const at::Tensor& covariance) {
  if (auto factor = cholesky_of(covariance)) return *std::move(factor);
  const auto [values, vectors] = at::linalg_eigh(covariance);
  const std::int64_t nulls = nulls_among(values);
  return {vectors.slice(1, nulls) * values.slice(0, nulls).sqrt(), false};
}

/// RᵀΣR, its lower triangle.
at::Tensor product_of(const Factor& factor, const at::Tensor& covariance) {
  if (factor.triangular) return congruent(covariance, factor.root);
  return at::matmul(factor.root.t(), at::matmul(covariance, factor.root));
}

/// Adds the product of each row of `a` and `b`, [n, k] float32, to `sums`, [n] float64.
void add_dots(at::Tensor& sums, const at::Tensor& a, const at::Tensor& b) {
  if (!a.is_cpu()) return void(sums += (a * b).sum(1, /*keepdim=*/false, at::kDouble));
  const auto width = static_cast<std::size_t>(a.size(1));
  auto* const sum = sums.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    const auto row = [&](const at::Tensor& of) {
      return std::span(of.const_data_ptr<float>() + i * of.stride(0), width);
    };
    sum[i] += dot(row(a), row(b));
  }
}

Outline outline_of(const Moments& moments) {
  return {moments.count, moments.mean, moments.covariance.trace().item<double>()};
}

/// Of two sets of rows as one.
Outline together(const Outline& a, const Outline& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const auto here = static_cast<double>(a.count);
  const auto there = static_cast<double>(b.count);
  const at::Tensor step = b.mean - a.mean;
  const double squares = a.trace * (here - 1.0) + b.trace * (there - 1.0) +
                         step.square().sum().item<double>() * here * there / (here + there);
  return {a.count + b.count, a.mean + step * (there / (here + there)), squares / (here + there - 1.0)};
}

double sum_of_roots(const at::Tensor& squares) { return squares.clamp_min(0.0).sqrt().sum().item<double>(); }

}  // namespace

bool all_finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

std::optional<Factor> cholesky_of(const at::Tensor& covariance) {
  const auto [factor, failed] = at::linalg_cholesky_ex(covariance);
  if (failed.item<std::int64_t>() != 0) return std::nullopt;
  const double smallest = factor.diagonal().square().min().item<double>();
  if (smallest <= kSmallPivot * covariance.diagonal().max().item<double>()) return std::nullopt;
  return Factor{factor, true};
}

void MomentsAccumulator::add(const at::Tensor& rows) {
  const std::int64_t n = rows.size(0);
  if (n == 0) return;
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = rows.select(0, 0).to(device_, at::kDouble);
  at::Tensor block = at::empty({n + 1, rows.size(1)}, origin.options());
  const at::Tensor offset = moved(block.slice(0, 0, n), rows, origin) / static_cast<double>(n);
  in_strips(block.slice(0, 0, n), [&](at::Tensor strip, std::int64_t) { strip.sub_(offset); });
  block.slice(0, n).copy_(move_towards(origin + offset, n));
  add_scatter(scatter_, block);
}

void MomentsAccumulator::add(const MomentsAccumulator& other) {
  if (other.count_ == 0) return;
  const bool is_first = count_ == 0;
  const at::Tensor between = move_towards(other.mean_, other.count_);
  scatter_.add_(other.scatter_);
  if (!is_first) add_scatter(scatter_, between);
}

at::Tensor MomentsAccumulator::move_towards(const at::Tensor& mean, std::int64_t count) {
  if (count_ == 0) {
    mean_ = at::zeros_like(mean);
    scatter_ = at::zeros({mean.size(0), mean.size(0)}, mean.options());
  }
  TORCH_CHECK(mean.size(0) == mean_.size(0), "all rows have the same width");
  const auto here = static_cast<double>(count_);
  const auto there = static_cast<double>(count);
  const at::Tensor step = mean - mean_;
  mean_.add_(step, there / (here + there));
  count_ += count;
  return (step * std::sqrt(here * there / (here + there))).unsqueeze(0);
}

Moments MomentsAccumulator::moments() const {
  Moments moments;
  moments.count = count_;
  if (count_ == 0) return moments;
  moments.mean = mean_.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  if (count_ >= 2) moments.covariance = mirrored(covariance_below());
  return moments;
}

at::Tensor MomentsAccumulator::covariance_below() const {
  return (scatter_ / static_cast<double>(count_ - 1)).to(at::kCPU);
}

Outline MomentsAccumulator::outline() const {
  if (count_ == 0) return {};
  const double trace = count_ < 2 ? 0.0 : scatter_.trace().item<double>() / static_cast<double>(count_ - 1);
  return {count_, mean_.to(at::kCPU), trace};
}

bool MomentsAccumulator::is_finite() const {
  // What isn't finite in a column isn't in the sum of its squares.
  return count_ == 0 || at::isfinite(scatter_.diagonal().sum() + mean_.sum()).item<bool>();
}

MomentsAccumulator MomentsAccumulator::mapped(const at::Tensor& lower) const {
  MomentsAccumulator result;
  if (count_ == 0) return result;
  result.count_ = count_;
  result.mean_ = at::mv(lower.t(), mean_.to(at::kCPU));
  result.scatter_ = congruent(mirrored(scatter_.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true)), lower);
  return result;
}

double frechet_distance(const Moments& a, const Moments& b) {
  if (!all_finite(a) || !all_finite(b)) return std::numeric_limits<double>::quiet_NaN();
  return GaussianPair(a, b).distance();
}

GaussianPair::GaussianPair(const Moments& of_rows, const Moments& fixed)
    : rows(outline_of(of_rows)),
      fixed_mean(fixed.mean),
      fixed_trace(fixed.covariance.trace().item<double>()),
      rows_lend(fixed.count == 0 || (of_rows.count != 0 && of_rows.count < fixed.count)) {
  factor = factor_of(rows_lend ? of_rows.covariance : fixed.covariance);
  product = product_of(factor, rows_lend ? fixed.covariance : of_rows.covariance);
}

GaussianPair::GaussianPair(Outline of_rows, const Moments& fixed, Factor fixed_factor, at::Tensor mapped)
    : rows(std::move(of_rows)),
      fixed_mean(fixed.mean),
      fixed_trace(fixed.covariance.trace().item<double>()),
      factor(std::move(fixed_factor)),
      product(std::move(mapped)) {}

double GaussianPair::distance() const {
  return distance(product.numel() == 0 ? 0.0 : sum_of_roots(at::linalg_eigvalsh(product)));
}

double GaussianPair::distance(double trace_of_root) const {
  const double means = (rows.mean - fixed_mean).square().sum().item<double>();
  return std::max(means + rows.trace + fixed_trace - 2.0 * trace_of_root, 0.0);
}

PartedDistances::PartedDistances(std::vector<MomentsAccumulator> parts, const Moments& fixed)
    : parts_(std::move(parts)), fixed_(fixed) {
  std::vector<char> is_regular(parts_.size() + 1);
  side_by_side(static_cast<std::int64_t>(is_regular.size()), [&](std::int64_t i) {
    const auto part = static_cast<std::size_t>(i);
    if (part == parts_.size()) {
      factor_ = cholesky_of(fixed.covariance);
    } else {
      const MomentsAccumulator& sum = parts_[part];
      is_regular[part] = sum.count() == 0 || (sum.count() > 1 && cholesky_of(sum.covariance_below()));
    }
  });
  is_regular.back() = factor_.has_value();
  if (std::ranges::find(is_regular, 0) != is_regular.end()) factor_ = std::nullopt;
  for (MomentsAccumulator& part : parts_) {
    outlines_.push_back(part.outline());
    if (factor_) part = part.mapped(factor_->root);
  }
}

std::int64_t PartedDistances::count(std::size_t first, std::size_t end) const {
  std::int64_t count = 0;
  for (std::size_t i = first; i < end; ++i) count += parts_[i].count();
  return count;
}

GaussianPair PartedDistances::pair(std::size_t first, std::size_t end) const {
  MomentsAccumulator sum = end - first == 1 ? parts_[first] : MomentsAccumulator();
  for (std::size_t i = first; i < end && end - first > 1; ++i) sum.add(parts_[i]);
  if (!factor_) return {sum.moments(), fixed_};
  Outline outline;
  for (std::size_t i = first; i < end; ++i) outline = together(outline, outlines_[i]);
  return {outline, fixed_, *factor_, sum.covariance_below()};
}

FrechetDistance::FrechetDistance(GaussianPair pair) : pair_(std::move(pair)) {
  if (pair_.product.numel() == 0) {  // no direction varies
    spectrum_ = at::zeros({0}, pair_.fixed_mean.options());
    axes_ = at::zeros({0, 0}, pair_.fixed_mean.options());
    value_ = pair_.distance(0.0);
    return;
  }
  const auto [squares, vectors] = at::linalg_eigh(std::exchange(pair_.product, {}));
  value_ = pair_.distance(sum_of_roots(squares));
  const std::int64_t nulls = nulls_among(squares);
  spectrum_ = squares.slice(0, nulls).sqrt();
  axes_ = vectors.slice(1, nulls);
}

double FrechetDistance::null_floor() const {
  const at::Tensor column = spectrum_.unsqueeze(1);
  const double pairs = (column * spectrum_ / (column + spectrum_)).sum().item<double>();
  const double covariance = (pairs + spectrum_.sum().item<double>() / 2.0) / 2.0;
  return (pair_.fixed_trace + covariance) / static_cast<double>(pair_.rows.count);
}

at::Tensor FrechetDistance::map_root() const {
  const Factor& factor = pair_.factor;
  if (pair_.rows_lend) return at::matmul(inverse_of(factor).t(), axes_ * spectrum_.sqrt());
  const at::Tensor axes = axes_ / spectrum_.sqrt();
  return factor.triangular ? times_lower(factor.root, axes) : at::matmul(factor.root, axes);
}

FrechetInfluence::FrechetInfluence(const FrechetDistance& distance, c10::Device device)
    : count_(static_cast<double>(distance.pair_.rows.count)),
      expected_(distance.pair_.rows.trace - distance.spectrum_.sum().item<double>()),
      mean_(distance.pair_.rows.mean.to(device)),
      slope_((2.0 * (distance.pair_.rows.mean - distance.pair_.fixed_mean)).to(device, at::kFloat)) {
  const at::Tensor root = distance.map_root();
  const std::int64_t n = root.size(0);
  at::Tensor form = at::zeros({n, n}, at::kFloat);
  for_each_block_below(n, [&](const Block& block) {
    const at::Tensor map =
        at::matmul(root.narrow(0, block.row, block.rows), root.narrow(0, block.column, block.columns).t());
    block.of(form).copy_(map.mul_(-2.0));
    if (block.row != block.column) return;
    at::Tensor corner = form.narrow(0, block.row, block.columns).narrow(1, block.column, block.columns);
    corner.tril_();
    corner.diagonal().copy_(map.diagonal().div(2.0).add(1.0));
  });
  form_ = form.to(device);
}

at::Tensor FrechetInfluence::of(const at::Tensor& rows) const {
  if (!form_.is_cpu()) return of_block(rows.to(form_.device()));
  at::Tensor influence = at::empty({rows.size(0)}, at::kDouble);
  side_by_side_in(rows.size(0), kSamples, [&](std::int64_t begin, std::int64_t end) {
    influence.slice(0, begin, end).copy_(of_block(rows.slice(0, begin, end).to(at::kCPU)));
  });
  return influence;
}

at::Tensor FrechetInfluence::of_block(const at::Tensor& rows) const {
  // Centred in float64, since a mean may be far larger than what rows differ by; the products are in float32,
  // and off by 1e-6 of an influence's terms.
  at::Tensor centred = at::empty(rows.sizes(), slope_.options());
  in_strips(centred, [&](at::Tensor strip, std::int64_t first) {
    strip.copy_(rows.narrow(0, first, strip.size(0)).to(at::kDouble) - mean_);
  });
  at::Tensor squares = at::zeros({rows.size(0)}, mean_.options());
  const std::int64_t width = form_.size(0);
  for (std::int64_t begin = 0; begin < width; begin += kColumns) {
    const std::int64_t columns = std::min(kColumns, width - begin);
    const at::Tensor product =
        at::matmul(centred.slice(1, begin), form_.slice(0, begin).narrow(1, begin, columns));
    add_dots(squares, product, centred.narrow(1, begin, columns));
  }
  const at::Tensor quadratic = squares * (count_ / (count_ - 1.0));
  return (at::mv(centred, slope_).to(at::kDouble) + quadratic - expected_).to(at::kCPU);
}

}  // namespace tise::metrics
