// Temperature scaling (Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
// section 4.2): one T for all images and classes, chosen so that softmax(z / T) has the least negative
// log-likelihood of the labels y,
//
//     NLL(β) = mean( log Σ_c exp(β z_c) − β z_y ),   β = 1/T
//
// It is convex in β, with the derivatives mean(E[z] − z_y) and mean(Var[z]) under softmax(βz). Newton's
// method finds the root of the first derivative. If a step would leave the interval around the root, the
// interval is bisected in log β instead. The expected calibration error is
//
//     ECE = Σ_b (n_b / n) · |accuracy_b − mean confidence_b|,   b over (0, 1/15], (1/15, 2/15], …
//
// where an image's confidence is its largest probability (Naeini, Cooper, Hauskrecht, AAAI 2015).

#include "tise/metrics/calibration.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace tise::metrics {
namespace {

constexpr std::size_t kConfidenceBins = 15;
/// The range of temperatures that is searched.
constexpr double kLowest = 1e-3;
constexpr double kHighest = 1e3;
constexpr double kPrecision = 1e-10;
constexpr int kMostSteps = 60;

/// Calls `visit` with logits [n, C] float64 and labels [n].
template <typename Visit>
void for_each_labelled_block(const GroupRows& rows, const std::vector<std::size_t>& labels,
                             const Visit& visit) {
  rows.visit({"logits"}, [&](const Rows& block) {
    std::vector<std::int64_t> own;
    for (const std::size_t image : block.images) own.push_back(static_cast<std::int64_t>(labels.at(image)));
    const at::Tensor logits = block.at("logits").to(at::kCPU, at::kDouble);
    if (*std::max_element(own.begin(), own.end()) >= logits.size(1)) {
      throw std::invalid_argument("a label is not one of the classes");
    }
    visit(logits, at::tensor(own, at::kLong));
  });
}

/// The entry of each row's label.
at::Tensor of_label(const at::Tensor& rows, const at::Tensor& labels) {
  return rows.gather(1, labels.unsqueeze(1)).squeeze(1);
}

/// The first and second derivative of the NLL.
struct Slopes {
  double first = 0;
  double second = 0;
};

Slopes slopes_at(double beta, const GroupRows& rows, const std::vector<std::size_t>& labels) {
  Slopes slopes;
  for_each_labelled_block(rows, labels, [&](const at::Tensor& logits, const at::Tensor& own) {
    const at::Tensor p = at::softmax(logits * beta, 1);
    const at::Tensor mean = (p * logits).sum(1, /*keepdim=*/true);
    slopes.first += (mean.squeeze(1) - of_label(logits, own)).sum().item<double>();
    slopes.second += (p * (logits - mean).square()).sum().item<double>();
  });
  const auto n = static_cast<double>(labels.size());
  return {slopes.first / n, slopes.second / n};
}

/// The root of the slope, which is negative at `low` and positive at `high`.
double root_between(double low, double high, const GroupRows& rows, const std::vector<std::size_t>& labels) {
  double beta = 1.0;
  for (int step = 0; step < kMostSteps; ++step) {
    const Slopes slopes = slopes_at(beta, rows, labels);
    (slopes.first < 0 ? low : high) = beta;
    const double newton = beta - slopes.first / slopes.second;
    const double next = newton > low && newton < high ? newton : std::sqrt(low * high);
    const double moved = std::abs(next - beta) / beta;
    beta = next;
    if (moved < kPrecision) break;
  }
  return beta;
}

/// For the images in a bin: how many are classified correctly, and the sum of their confidences.
struct Bin {
  double right = 0;
  double confidence = 0;
};

struct Measured {
  Confidence confidence;
  double accuracy = 0;
};

Measured measure(double temperature, const GroupRows& rows, const std::vector<std::size_t>& labels) {
  std::array<Bin, kConfidenceBins> bins{};
  double nll = 0;
  double right = 0;
  for_each_labelled_block(rows, labels, [&](const at::Tensor& logits, const at::Tensor& own) {
    const at::Tensor log_p = at::log_softmax(logits / temperature, 1);
    nll -= of_label(log_p, own).sum().item<double>();
    const auto [log_confidence, predicted] = log_p.max(1);
    const at::Tensor confidence = log_confidence.exp();
    const at::Tensor hits = predicted.eq(own).to(at::kDouble);
    right += hits.sum().item<double>();
    const auto* sure = confidence.const_data_ptr<double>();
    const auto* hit = hits.const_data_ptr<double>();
    for (std::int64_t i = 0; i < own.size(0); ++i) {
      const auto place = static_cast<std::size_t>(std::ceil(sure[i] * kConfidenceBins)) - 1;
      Bin& bin = bins[std::min(place, kConfidenceBins - 1)];
      bin.right += hit[i];
      bin.confidence += sure[i];
    }
  });
  const auto n = static_cast<double>(labels.size());
  double ece = 0;
  for (const Bin& bin : bins) ece += std::abs(bin.right - bin.confidence) / n;
  return {{nll / n, ece}, right / n};
}

}  // namespace

Calibration calibrate(const GroupRows& rows, const std::vector<std::size_t>& labels) {
  if (labels.empty()) throw std::invalid_argument("no images to calibrate on");
  Calibration result;
  result.n = labels.size();
  const Measured before = measure(1.0, rows, labels);
  result.before = before.confidence;
  result.accuracy = before.accuracy;
  if (!std::isfinite(before.confidence.nll)) {
    result.reason = "a logit is not finite";
  } else if (slopes_at(1.0 / kHighest, rows, labels).first >= 0) {
    result.reason =
        "no best temperature: the likelihood keeps growing with T, so the logits do not predict the labels";
  } else if (slopes_at(1.0 / kLowest, rows, labels).first <= 0) {
    result.reason =
        "no best temperature: the likelihood keeps growing as T goes to 0, since no image is misclassified";
  } else {
    result.temperature = 1.0 / root_between(1.0 / kHighest, 1.0 / kLowest, rows, labels);
    result.after = measure(*result.temperature, rows, labels).confidence;
  }
  return result;
}

}  // namespace tise::metrics
