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
// A row x of n moves the mean by (x−μ) and the covariance by n/(n−1) (x−μ)(x−μ)ᵀ − Σ, times its weight. The
// distance has the gradient 2(μ−μᵣ) in the mean and I − M in the covariance, where M is the optimal transport
// map from the one Gaussian to the other (MΣM = Σᵣ): so the row's influence is
//
//     ψ(x) = 2(μ−μᵣ)·(x−μ) + n/(n−1) (x−μ)ᵀ(I−M)(x−μ) − tr((I−M)Σ),   tr(MΣ) = tr((ΣΣᵣ)^½)
//
// With RᵀΣR = U s² Uᵀ, M = R U s⁻¹ Uᵀ Rᵀ; where R is Σ's own factor and RᵀΣᵣR = U s² Uᵀ, M = R⁻ᵀ U s Uᵀ R⁻¹.
// Directions in which s is 0 are left out of M (docs/statistics.md has the derivation). M = TTᵀ is the same
// for any TQ with an orthonormal Q: T is made triangular, so half of it needn't be multiplied with the rows.

#include "tise/metrics/frechet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tise::metrics {
namespace {

/// A pivot this small, of the largest variance, may be rounding.
constexpr double kSmallPivot = 1e-10;

/// Of a product that is symmetric, or of one with a triangular matrix, the blocks on and below the diagonal
/// are enough. Calls `visit` with the first column and the number of columns of each; its rows are those from
/// the first column down. More columns at a time multiply faster, fewer leave more out.
template <typename Visit>
void for_each_block(std::int64_t columns, const Visit& visit) {
  constexpr std::int64_t kColumns = 512;
  for (std::int64_t begin = 0; begin < columns; begin += kColumns) {
    visit(begin, std::min(kColumns, columns - begin));
  }
}

/// Adds the lower triangle of rowsᵀ · rows to that of `sum`.
void add_scatter(at::Tensor& sum, const at::Tensor& rows) {
  for_each_block(rows.size(1), [&](std::int64_t begin, std::int64_t columns) {
    const at::Tensor below = rows.slice(1, begin);
    sum.slice(0, begin).narrow(1, begin, columns).addmm_(below.t(), below.narrow(1, 0, columns));
  });
}

/// How many of some rising eigenvalues are 0 but for rounding.
std::int64_t nulls_among(const at::Tensor& values) {
  const double largest = values[-1].item<double>();
  const double noise = largest * static_cast<double>(values.size(0)) * std::numeric_limits<double>::epsilon();
  return (values <= std::max(noise, 0.0)).sum().item<std::int64_t>();
}

/// R with covariance = RRᵀ.
struct Factor {
  at::Tensor root;             ///< [F, rank]
  bool triangular = false;     ///< a Cholesky factor, else of an eigenproblem
  at::Tensor inverse() const;  ///< [rank, F] the inverse, of an eigenproblem's the pseudo-inverse
};

at::Tensor Factor::inverse() const {
  if (!triangular) return root.t() / root.square().sum(0).unsqueeze(1);
  const at::Tensor identity = at::eye(root.size(0), root.options());
  return at::linalg_solve_triangular(root, identity, /*upper=*/false);
}

/// By Cholesky, which takes a seventh of an eigenproblem's time, unless the covariance may be singular.
Factor factor_of(const at::Tensor& covariance) {
  const auto [factor, failed] = at::linalg_cholesky_ex(covariance);
  if (failed.item<std::int64_t>() == 0) {
    const double smallest = factor.diagonal().square().min().item<double>();
    if (smallest > kSmallPivot * covariance.diagonal().max().item<double>()) return {factor, true};
  }
  const auto [values, vectors] = at::linalg_eigh(covariance);
  const std::int64_t nulls = nulls_among(values);
  return {vectors.slice(1, nulls) * values.slice(0, nulls).sqrt(), false};
}

/// RᵀΣR of two covariances, where R is the factor of the one that is known from fewer samples.
struct FactoredPair {
  FactoredPair(const Moments& a, const Moments& b)
      : a_lends(b.count == 0 || (a.count != 0 && a.count < b.count)),
        factor(factor_of(a_lends ? a.covariance : b.covariance)) {
    const at::Tensor& other = a_lends ? b.covariance : a.covariance;
    const at::Tensor whole = at::matmul(factor.root.t(), at::matmul(other, factor.root));
    product = (whole + whole.t()) / 2.0;
  }
  bool is_empty() const { return factor.root.size(1) == 0; }  ///< no direction varies

  bool a_lends;
  Factor factor;
  at::Tensor product;  ///< [rank, rank]
};

/// Along each row, [n] float64.
at::Tensor squares(const at::Tensor& rows) { return rows.square().sum(1, /*keepdim=*/false, at::kDouble); }

double sum_of_roots(const at::Tensor& squares) { return squares.clamp_min(0.0).sqrt().sum().item<double>(); }

double distance_of(const Moments& a, const Moments& b, double trace_of_root) {
  const double means = (a.mean - b.mean).square().sum().item<double>();
  const double traces = a.covariance.trace().item<double>() + b.covariance.trace().item<double>();
  return std::max(means + traces - 2.0 * trace_of_root, 0.0);
}

/// [F, min(F, k)] lower triangular L with LLᵀ = TTᵀ for T [F, k], float32.
at::Tensor triangular(const at::Tensor& transport) {
  return std::get<1>(at::linalg_qr(transport.t().to(at::kFloat), "r")).t();
}

/// Σ (rows · L)² along each row, [n] float64, of a lower triangular L [F, k].
at::Tensor carried_squares(const at::Tensor& rows, const at::Tensor& lower) {
  at::Tensor sums = at::zeros({rows.size(0)}, rows.options().dtype(at::kDouble));
  for_each_block(lower.size(1), [&](std::int64_t begin, std::int64_t columns) {
    sums += squares(at::matmul(rows.slice(1, begin), lower.slice(0, begin).narrow(1, begin, columns)));
  });
  return sums;
}

}  // namespace

bool all_finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

void MomentsAccumulator::add(const at::Tensor& rows) {
  if (rows.size(0) == 0) return;
  const at::Tensor block = rows.to(device_, at::kDouble);
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = block.select(0, 0);
  const at::Tensor mean = origin + (block - origin).mean(0);
  const at::Tensor between = move_towards(mean, rows.size(0));
  add_scatter(scatter_, at::cat({block - mean, between}));
}

void MomentsAccumulator::add(const MomentsAccumulator& other) {
  if (other.count_ == 0) return;
  const at::Tensor between = move_towards(other.mean_, other.count_);
  scatter_.add_(other.scatter_);
  add_scatter(scatter_, between);
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
  if (count_ >= 2) {
    const at::Tensor lower = (scatter_ / static_cast<double>(count_ - 1)).to(at::kCPU).tril();
    moments.covariance = lower + lower.tril(-1).t();
  }
  return moments;
}

double frechet_distance(const Moments& a, const Moments& b) {
  if (!all_finite(a) || !all_finite(b)) return std::numeric_limits<double>::quiet_NaN();
  const FactoredPair pair(a, b);
  return distance_of(a, b, pair.is_empty() ? 0.0 : sum_of_roots(at::linalg_eigvalsh(pair.product)));
}

FrechetDistance::FrechetDistance(const Moments& rows, const Moments& fixed)
    : count_(static_cast<double>(rows.count)),
      mean_(rows.mean),
      slope_(2.0 * (rows.mean - fixed.mean)),
      trace_(rows.covariance.trace().item<double>()),
      fixed_trace_(fixed.covariance.trace().item<double>()) {
  const FactoredPair pair(rows, fixed);
  if (pair.is_empty()) {
    spectrum_ = at::zeros({0}, rows.mean.options());
    transport_ = at::zeros({rows.mean.size(0), 0}, at::kFloat);
    value_ = distance_of(rows, fixed, 0.0);
    return;
  }
  const auto [squares, vectors] = at::linalg_eigh(pair.product);
  value_ = distance_of(rows, fixed, sum_of_roots(squares));
  const std::int64_t nulls = nulls_among(squares);
  spectrum_ = squares.slice(0, nulls).sqrt();
  const at::Tensor axes = vectors.slice(1, nulls);
  const at::Tensor transport = pair.a_lends ? at::matmul(pair.factor.inverse().t(), axes * spectrum_.sqrt())
                                            : at::matmul(pair.factor.root, axes / spectrum_.sqrt());
  transport_ = triangular(transport);
}

double FrechetDistance::null_floor() const {
  const at::Tensor column = spectrum_.unsqueeze(1);
  const double pairs = (column * spectrum_ / (column + spectrum_)).sum().item<double>();
  const double covariance = (pairs + spectrum_.sum().item<double>() / 2.0) / 2.0;
  return (fixed_trace_ + covariance) / count_;
}

at::Tensor FrechetDistance::influence(const at::Tensor& rows) const {
  // Centred in float64, since a mean may be far larger than what rows differ by; the products are in float32,
  // and off by 1e-6 of an influence's terms.
  const auto in_float = [&](const at::Tensor& tensor) { return tensor.to(rows.device(), at::kFloat); };
  const at::Tensor centred = in_float(rows.to(at::kDouble) - mean_.to(rows.device(), at::kDouble));
  const double expected = trace_ - spectrum_.sum().item<double>();
  const at::Tensor quadratic =
      (squares(centred) - carried_squares(centred, in_float(transport_))) * (count_ / (count_ - 1.0));
  return (at::mv(centred, in_float(slope_)).to(at::kDouble) + quadratic - expected).to(at::kCPU);
}

}  // namespace tise::metrics
