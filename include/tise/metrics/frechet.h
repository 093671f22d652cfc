#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Mean and covariance (denominator n - 1) of feature rows, float64.
struct Moments {
  at::Tensor mean;         ///< [F] float64
  at::Tensor covariance;   ///< [F, F] float64; undefined if there were fewer than two rows
  std::int64_t count = 0;  ///< number of rows; 0 if a file doesn't state it
};

/// Whether mean and covariance are finite. The covariance must be defined.
bool all_finite(const Moments& moments);

/// What the distance needs to know about a set of rows in addition to the products of their deviations.
struct Outline {
  std::int64_t count = 0;
  at::Tensor mean;   ///< [F] float64
  double trace = 0;  ///< of the covariance; 0 for fewer than two rows
};

/// Accumulates moments block by block. Blocks are merged by Chan's formula (Chan, Golub, LeVeque 1983), so
/// nothing is lost to cancellation, however large the mean.
class MomentsAccumulator {
 public:
  /// `device`: where the sums are kept, in float64.
  explicit MomentsAccumulator(c10::Device device = c10::kCPU) : device_(device) {}
  /// `rows`: [n, F], any floating type, on any device.
  void add(const at::Tensor& rows);
  /// Merges another accumulator, on the same device.
  void add(const MomentsAccumulator& other);
  /// The moments of all rows so far, on the CPU.
  Moments moments() const;

  std::int64_t count() const { return count_; }
  Outline outline() const;
  bool is_finite() const;
  /// The covariance, [F, F] on the CPU, of which only the lower triangle is valid. Needs at least two rows.
  at::Tensor covariance_below() const;
  /// The accumulator of rows · R, on the CPU, for a lower triangular R [F, F] float64.
  MomentsAccumulator mapped(const at::Tensor& lower) const;

 private:
  /// Merges the mean of `count` more rows. Returns the row [1, F] whose outer product is the rank-one
  /// correction to add to the two scatter matrices.
  at::Tensor move_towards(const at::Tensor& mean, std::int64_t count);

  c10::Device device_;
  std::int64_t count_ = 0;
  at::Tensor mean_;     // [F] float64
  at::Tensor scatter_;  // [F, F] float64: lower triangle of the sum of (x - mean)(x - mean)^T
};

/// Features of real images, or of objects in them: moments or rows, whichever the metric asks for.
struct RealFeatures {
  Moments moments = {};
  bool verified = false;  ///< made with the same networks and preparation as the evaluated features
  PlacedRows rows = {};   ///< empty if only moments are known
  /// By metric: a sum over pairs of these rows. The first evaluation stores it, later ones reuse it.
  std::shared_ptr<std::map<std::string, double, std::less<>>> pair_sums =
      std::make_shared<std::map<std::string, double, std::less<>>>();
};

/// ‖μ−μᵣ‖² + tr(Σ+Σᵣ−2(ΣΣᵣ)^½), at least 0; NaN if a moment isn't finite. Both must have covariances, of the
/// same size.
double frechet_distance(const Moments& a, const Moments& b);

/// A matrix R with covariance = RRᵀ.
struct Factor {
  at::Tensor root;          ///< R, [F, rank] float64
  bool triangular = false;  ///< from Cholesky; otherwise from an eigendecomposition
};

/// The Cholesky factor of a covariance or scatter matrix, [F, F] float64, of which only the lower triangle is
/// read. Returns nullopt if the matrix may be singular.
std::optional<Factor> cholesky_of(const at::Tensor& covariance);

/// A set of rows and a fixed Gaussian, prepared for computing their distance.
struct GaussianPair {
  /// Both must have covariances, of the same size, and be finite.
  GaussianPair(const Moments& rows, const Moments& fixed);
  /// For a fixed covariance with a Cholesky factor R and rows whose covariance isn't singular. `mapped`: the
  /// covariance of rows · R.
  GaussianPair(Outline rows, const Moments& fixed, Factor fixed_factor, at::Tensor mapped);

  double distance() const;  ///< at least 0
  double distance(double trace_of_root) const;

  Outline rows;
  at::Tensor fixed_mean;
  double fixed_trace = 0;
  Factor factor;
  bool rows_lend = false;  ///< whether `factor` is that of the rows' covariance instead of the fixed one
  at::Tensor product;      ///< lower triangle of RᵀΣR, [rank, rank], where Σ is the other covariance
};

/// Moments of several parts of a set of rows, and the distance of consecutive parts, taken together, from a
/// fixed Gaussian. If no covariance may be singular, each part is mapped into the fixed Gaussian's
/// coordinates once.
class PartedDistances {
 public:
  /// The parts together and `fixed` must have covariances, of the same size, and be finite.
  PartedDistances(std::vector<MomentsAccumulator> parts, const Moments& fixed);

  /// The parts from `first` up to, but not including, `end`.
  GaussianPair pair(std::size_t first, std::size_t end) const;
  std::int64_t count(std::size_t first, std::size_t end) const;

 private:
  std::vector<MomentsAccumulator> parts_;
  std::vector<Outline> outlines_;
  Moments fixed_;
  std::optional<Factor> factor_;  // of the fixed covariance, if the parts are mapped with it
};

/// The distance, and what else follows from the eigenvectors.
class FrechetDistance {
 public:
  explicit FrechetDistance(GaussianPair pair);

  double value() const { return value_; }

  /// The average distance, to second order, of the same number of rows drawn from the fixed Gaussian itself:
  /// tr Σᵣ/n for their mean, plus 1/2n · (Σ_ij s_i s_j/(s_i + s_j) + ½ Σ_i s_i) for their covariance. The
  /// spectrum s is that of (ΣΣᵣ)^½, which equals Σᵣ's if the two Gaussians are alike.
  double null_floor() const;

 private:
  friend class FrechetInfluence;
  at::Tensor map_root() const;  // T [F, k] with M = TTᵀ
  GaussianPair pair_;
  double value_ = 0;
  at::Tensor spectrum_;  // [k] eigenvalues of (ΣΣᵣ)^½
  at::Tensor axes_;      // [rank, k]
};

/// How much each row of a set affects the set's distance.
class FrechetInfluence {
 public:
  /// `device`: where the rows' products are computed.
  FrechetInfluence(const FrechetDistance& distance, c10::Device device);

  /// The derivative of the distance with respect to each row's weight, [n] float64 on the CPU. `rows` is [n,
  /// F], from the set that the moments describe. Over the whole set the derivatives average 0.
  at::Tensor of(const at::Tensor& rows) const;

 private:
  at::Tensor of_block(const at::Tensor& rows) const;

  double count_ = 0;
  double expected_ = 0;  // tr((I − M)Σ)
  at::Tensor mean_;      // [F] float64, of the rows
  at::Tensor slope_;     // [F] float32: 2(μ − μᵣ)
  at::Tensor form_;      // [F, F] float32, lower triangular: xᵀ · form · x = xᵀ(I − M)x
};

}  // namespace tise::metrics
