// Fréchet Inception Distance (FID), Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to
// a Local Nash Equilibrium", NeurIPS 2017; torch-fidelity, pytorch-fid, clean-fid.
//
//     FID = ‖μ−μᵣ‖² + tr(Σ + Σᵣ − 2 (ΣΣᵣ)^½),   covariances with n − 1
//
// The trace of the root is the sum of the roots of the eigenvalues of ΣΣᵣ. With Σᵣ = RRᵀ those are the
// eigenvalues of the symmetric RᵀΣR, found in float64. R is Σᵣ's Cholesky factor. Where Σᵣ may be singular it
// comes of an eigenproblem and has a column for each direction in which Σᵣ varies at all; the set with fewer
// samples lends it, so that directions without variance (which come out of an eigenproblem as ±1e-16 of the
// largest, and whose root would be 1e-8 of it each) are not summed. What rounding leaves below zero counts as
// 0, the distance's own last digits included.
//
// The TISE toolbox's loader (Protocol::kTise) drops the last batch of 50 where it isn't full (`dropped`).
//
// Departures: pytorch-fid and clean-fid take the matrix root of ΣΣᵣ by Schur, and add 1e-6 to the variances
// where that fails; torch-fidelity takes the eigenvalues of the unsymmetric product. The value is the same
// where theirs is sound, and ours needs no such rescue where covariances are singular.

#include "tise/metrics/fid.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// A pivot this small, of the largest variance, may be rounding.
constexpr double kSmallPivot = 1e-10;

/// R with covariance = RRᵀ, [F, F], by Cholesky, which takes a seventh of an eigenproblem's time; undefined
/// where the covariance may be singular.
at::Tensor triangular_factor(const at::Tensor& covariance) {
  const auto [factor, failed] = at::linalg_cholesky_ex(covariance);
  if (failed.item<std::int64_t>() != 0) return {};
  const double smallest = factor.diagonal().square().min().item<double>();
  return smallest > kSmallPivot * covariance.diagonal().max().item<double>() ? factor : at::Tensor();
}

/// R with covariance = RRᵀ: [F, rank].
at::Tensor root_factor(const at::Tensor& covariance) {
  if (at::Tensor factor = triangular_factor(covariance); factor.defined()) return factor;
  const auto [values, vectors] = at::linalg_eigh(covariance);
  const double largest = values[-1].item<double>();
  const double noise = largest * static_cast<double>(values.size(0)) * std::numeric_limits<double>::epsilon();
  const std::int64_t nulls = (values <= std::max(noise, 0.0)).sum().item<std::int64_t>();
  return vectors.slice(1, nulls) * values.slice(0, nulls).sqrt();
}

/// tr((ΣΣᵣ)^½)
double trace_of_root(const Moments& a, const Moments& b) {
  const bool a_is_narrower = b.count == 0 || (a.count != 0 && a.count < b.count);
  const at::Tensor factor = root_factor(a_is_narrower ? a.covariance : b.covariance);
  if (factor.size(1) == 0) return 0.0;
  const at::Tensor& other = a_is_narrower ? b.covariance : a.covariance;
  const at::Tensor product = at::matmul(factor.t(), at::matmul(other, factor));
  return at::linalg_eigvalsh((product + product.t()) / 2.0).clamp_min(0.0).sqrt().sum().item<double>();
}

bool finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

std::string why_undefined(const Moments& evaluated, std::size_t given, const Moments& real,
                          const std::string& noun) {
  if (evaluated.count == 0 && given > 0) {
    return counted(given, noun) + ": protocol tise drops a batch of 50 that isn't full";
  }
  if (evaluated.count < 2)
    return counted(static_cast<std::size_t>(evaluated.count), noun) + ": covariance needs 2";
  if (!real.covariance.defined()) {
    return counted(static_cast<std::size_t>(real.count), "real " + noun) + ": covariance needs 2";
  }
  if (evaluated.mean.size(0) != real.mean.size(0)) {
    return "real statistics have " + std::to_string(real.mean.size(0)) +
           " dimensions, the classifier's features " + std::to_string(evaluated.mean.size(0));
  }
  if (!finite(evaluated)) return "a feature of the " + noun + "s is not finite";
  if (!finite(real)) return "the real statistics are not finite";
  return "";
}

void warn_of_few(Result& result, std::int64_t count, std::string_view noun, std::int64_t dimensions) {
  if (count == 0 || count >= dimensions) return;
  result.warnings.push_back(counted(static_cast<std::size_t>(count), noun) + " for " +
                            std::to_string(dimensions) +
                            " dimensions: FID is biased upwards, compare it only at this count");
}

}  // namespace

double frechet_distance(const Moments& a, const Moments& b) {
  if (!finite(a) || !finite(b)) return std::numeric_limits<double>::quiet_NaN();
  const double means = (a.mean - b.mean).square().sum().item<double>();
  const double traces = a.covariance.trace().item<double>() + b.covariance.trace().item<double>();
  return std::max(means + traces - 2.0 * trace_of_root(a, b), 0.0);
}

Result fid_of(const Moments& evaluated, std::size_t given, const RealFeatures& real, std::string_view noun) {
  const std::string real_noun = "real " + std::string(noun);
  if (std::string reason = why_undefined(evaluated, given, real.moments, std::string(noun));
      !reason.empty()) {
    return Result::undefined(std::move(reason));
  }
  const double distance = frechet_distance(evaluated, real.moments);
  if (!std::isfinite(distance)) return Result::undefined("the distance overflows");

  Result result = Result::of(distance, static_cast<std::size_t>(evaluated.count));
  if (result.n < given) result.details["dropped"] = given - result.n;
  if (real.moments.count > 0) result.details["n_real"] = real.moments.count;
  if (!real.verified) {
    result.details["unverified"] = true;
    result.warnings.push_back("the real statistics do not say that this network and preparation made them");
  }
  const std::int64_t dimensions = evaluated.mean.size(0);
  warn_of_few(result, evaluated.count, noun, dimensions);
  warn_of_few(result, real.moments.count, real_noun, dimensions);
  return result;
}

Result fid(const Samples& samples, const Reference* real, const Settings& settings) {
  if (real == nullptr || !real->images) return Result::undefined("no real images given");
  std::vector<std::size_t> images = images_for(samples, kFidKey);
  if (images.empty()) return Result::undefined("no images");
  if (!samples.fid) return Result::undefined("no image features");
  const std::size_t given = images.size();
  images.resize(fid_samples(given, settings.protocol));
  return fid_of(feature_moments(samples.fid, images, settings.device), given, *real->images, "image");
}

}  // namespace tise::metrics
