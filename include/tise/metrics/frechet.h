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
  at::Tensor covariance;   ///< [F, F] float64; undefined where fewer than two rows were seen
  std::int64_t count = 0;  ///< 0 where a file did not say
};

/// Whether mean and covariance, which is there, are finite throughout.
bool all_finite(const Moments& moments);

/// Of some rows: what the distance rests on besides the products of their deviations.
struct Outline {
  std::int64_t count = 0;
  at::Tensor mean;   ///< [F] float64
  double trace = 0;  ///< of the covariance; 0 of fewer than two rows
};

/// Gathers moments block by block: each block's are exact, blocks are merged by Chan's formula
/// (Chan, Golub, LeVeque 1983), so nothing is lost to cancellation however large the mean.
class MomentsAccumulator {
 public:
  /// `device`: where the sums are, in float64.
  explicit MomentsAccumulator(c10::Device device = c10::kCPU) : device_(device) {}
  /// `rows`: [n, F], any floating type, on any device.
  void add(const at::Tensor& rows);
  /// Adds what another one has gathered, on the same device.
  void add(const MomentsAccumulator& other);
  /// On the CPU.
  Moments moments() const;

  std::int64_t count() const { return count_; }
  Outline outline() const;
  bool is_finite() const;
  /// [F, F] on the CPU, its lower triangle; of two rows or more.
  at::Tensor covariance_below() const;
  /// What would have been gathered of rows · R, on the CPU, of a lower triangular R [F, F] float64.
  MomentsAccumulator mapped(const at::Tensor& lower) const;

 private:
  /// Folds in the mean of `count` more rows. Returns the row, [1, F], whose scatter has to be added to those
  /// of the two sets to give that of all.
  at::Tensor move_towards(const at::Tensor& mean, std::int64_t count);

  c10::Device device_;
  std::int64_t count_ = 0;
  at::Tensor mean_;     // [F] float64
  at::Tensor scatter_;  // [F, F] float64: sum of (x - mean)(x - mean)^T, its lower triangle
};

/// Features of real images, or of objects in them. A metric has what it asks for: moments or rows.
struct RealFeatures {
  Moments moments = {};
  bool verified = false;  ///< made with the same networks and preparation as the evaluated features
  PlacedRows rows = {};   ///< none: only moments are known
  /// Sums over pairs of the rows by metric, which the first evaluation leaves to those of other images.
  std::shared_ptr<std::map<std::string, double, std::less<>>> pair_sums =
      std::make_shared<std::map<std::string, double, std::less<>>>();
};

/// ‖μ−μᵣ‖² + tr(Σ+Σᵣ−2(ΣΣᵣ)^½), at least 0; NaN where a moment isn't finite. Both have covariances, of the
/// same size.
double frechet_distance(const Moments& a, const Moments& b);

/// R with covariance = RRᵀ.
struct Factor {
  at::Tensor root;          ///< [F, rank] float64
  bool triangular = false;  ///< a Cholesky factor, else of an eigenproblem
};

/// The Cholesky factor of a covariance, or of a scatter: [F, F] float64, of which the lower triangle is read.
/// Nothing where it may be singular.
std::optional<Factor> cholesky_of(const at::Tensor& covariance);

/// Rows and a fixed Gaussian, as their distance is computed.
struct GaussianPair {
  /// Both have covariances, of the same size, and all is finite.
  GaussianPair(const Moments& rows, const Moments& fixed);
  /// The same where the fixed covariance has a Cholesky factor and the rows' isn't singular. `mapped`: the
  /// covariance of rows · R.
  GaussianPair(Outline rows, const Moments& fixed, Factor fixed_factor, at::Tensor mapped);

  double distance() const;  ///< at least 0
  double distance(double trace_of_root) const;

  Outline rows;
  at::Tensor fixed_mean;
  double fixed_trace = 0;
  Factor factor;
  bool rows_lend = false;  ///< whether the factor is that of the rows' covariance
  at::Tensor product;      ///< RᵀΣR of the other one, [rank, rank], its lower triangle
};

/// Moments of several parts of some rows, and the distances of what they add up to from a fixed Gaussian. The
/// parts' products are brought into that one's coordinates once, if no covariance may be singular.
class PartedDistances {
 public:
  /// Both have covariances, of the same size, and all is finite. Takes the parts' sums with it.
  PartedDistances(std::vector<MomentsAccumulator> parts, const Moments& fixed);

  /// Of the parts from `first` to before `end`.
  GaussianPair pair(std::size_t first, std::size_t end) const;
  std::int64_t count(std::size_t first, std::size_t end) const;

 private:
  std::vector<MomentsAccumulator> parts_;
  std::vector<Outline> outlines_;
  Moments fixed_;
  std::optional<Factor> factor_;  // of the fixed covariance, if the parts are mapped by it
};

/// The distance with what else follows from the eigenvectors.
class FrechetDistance {
 public:
  explicit FrechetDistance(GaussianPair pair);

  double value() const { return value_; }

  /// What as many rows from the Gaussian with the fixed moments would have on average, to second order: tr
  /// Σᵣ/n for their mean, and for their covariance 1/2n · (Σ_ij s_i s_j/(s_i + s_j) + ½ Σ_i s_i). The
  /// spectrum s is that of (ΣΣᵣ)^½, which is Σᵣ's where the two are alike.
  double null_floor() const;

 private:
  friend class FrechetInfluence;
  at::Tensor map_root() const;  // T [F, k] with M = TTᵀ
  GaussianPair pair_;
  double value_ = 0;
  at::Tensor spectrum_;  // [k] eigenvalues of (ΣΣᵣ)^½
  at::Tensor axes_;      // [rank, k]
};

/// How each of some rows moves their distance.
class FrechetInfluence {
 public:
  /// `device`: where the rows' products are computed.
  FrechetInfluence(const FrechetDistance& distance, c10::Device device);

  /// The derivative of the distance with respect to each row's weight, [n] float64 on the CPU, of rows [n, F]
  /// that the moments are of; their mean over all rows is 0.
  at::Tensor of(const at::Tensor& rows) const;

 private:
  at::Tensor of_block(const at::Tensor& rows) const;

  double count_ = 0;
  double expected_ = 0;  // tr((I − M)Σ)
  at::Tensor mean_;      // [F] float64 of the rows
  at::Tensor slope_;     // [F] float32 2(μ − μᵣ)
  at::Tensor form_;      // [F, F] float32, lower triangular: xᵀ · form · x = xᵀ(I − M)x
};

}  // namespace tise::metrics
