#include "metrics/weighted.h"

#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>

#include "tise/metrics/frechet.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"

namespace tise::testing {
namespace {

using Weights = std::vector<double>;

double cosine(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble);
  const at::Tensor y = b.to(at::kDouble);
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

struct Mean {
  double sum = 0.0;
  double weight = 0.0;
  void add(double value, double w) {
    sum += w * value;
    weight += w;
  }
  double value() const { return sum / weight; }
};

double mean_of(const Weights& weights, const std::function<double(std::size_t)>& score) {
  Mean mean;
  for (std::size_t i = 0; i < weights.size(); ++i) mean.add(score(i), weights[i]);
  return mean.value();
}

/// Each stratum's mean, then the mean of those.
double mean_of_means(const std::map<std::string, Mean>& strata) {
  double sum = 0.0;
  for (const auto& [name, mean] : strata) sum += mean.value();
  return sum / static_cast<double>(strata.size());
}

double clip_s(const Drawn& drawn, std::size_t i) {
  return 2.5 * std::max(cosine(drawn.embeddings[static_cast<std::int64_t>(i)],
                               drawn.texts[static_cast<std::int64_t>(i)]),
                        0.0);
}

double ref_clip_s(const Drawn& drawn, std::size_t i) {
  const auto row = static_cast<std::int64_t>(i);
  const double a = clip_s(drawn, i);
  const double b = std::max(cosine(drawn.texts[row], drawn.references[row]), 0.0);
  return a + b == 0.0 ? 0.0 : 2.0 * a * b / (a + b);
}

bool is_shown(const Drawn& drawn, std::size_t i, std::size_t object) {
  const auto& shown = drawn.shown[i];
  return std::find(shown.begin(), shown.end(), static_cast<std::int64_t>(object)) != shown.end();
}

double soa_c(const Drawn& drawn, const Weights& weights) {
  std::map<std::string, Mean> classes;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (const std::size_t object : drawn.objects[i]) {
      classes[std::to_string(object)].add(is_shown(drawn, i, object) ? 1.0 : 0.0, weights[i]);
    }
  }
  return mean_of_means(classes);
}

double soa_i(const Drawn& drawn, const Weights& weights) {
  Mean all;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (const std::size_t object : drawn.objects[i])
      all.add(is_shown(drawn, i, object) ? 1.0 : 0.0, weights[i]);
  }
  return all.value();
}

double pa(const Drawn& drawn, const Weights& weights) {
  std::map<std::string, Mean> words;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const bool prefers = cosine(drawn.embeddings[row], drawn.texts[row]) >=
                         cosine(drawn.embeddings[row], drawn.opposites[row]);
    words[drawn.words[i]].add(prefers ? 1.0 : 0.0, weights[i]);
  }
  return mean_of_means(words);
}

double ca(const Drawn& drawn, std::size_t i) {
  double squares = 0.0;
  for (const metrics::Asked& asked : drawn.asked[i]) {
    const auto counted = std::count(drawn.shown[i].begin(), drawn.shown[i].end(),
                                    static_cast<std::int64_t>(asked.class_index));
    squares += std::pow(asked.number - static_cast<double>(counted), 2);
  }
  return std::sqrt(squares / static_cast<double>(drawn.asked[i].size()));
}

/// Rows with the weights of their images; the covariance's n/(n − 1) stays that of all rows.
double fid(const std::vector<at::Tensor>& rows, const Weights& weights, const metrics::Moments& real) {
  std::vector<double> of_rows;
  for (std::size_t i = 0; i < rows.size(); ++i)
    of_rows.insert(of_rows.end(), static_cast<std::size_t>(rows[i].size(0)), weights[i]);
  const at::Tensor w = torch::tensor(of_rows, at::kDouble);
  const at::Tensor x = torch::cat(rows).to(at::kDouble);
  const auto n = static_cast<double>(x.size(0));
  const at::Tensor mean = w.matmul(x) / w.sum();
  const at::Tensor centred = x - mean;
  const at::Tensor covariance = (centred.t() * w).matmul(centred) / w.sum() * (n / (n - 1.0));
  return metrics::frechet_distance({mean, covariance, x.size(0)}, real);
}

/// The squared maximum mean discrepancy between two sets of rows with a kernel, with or without pairs of a
/// row with itself. The real rows have weight 1.
double kernel_distance(const at::Tensor& images, const Weights& weights, const at::Tensor& real,
                       at::Tensor (*kernel)(const at::Tensor&, const at::Tensor&), bool has_self_pairs) {
  const at::Tensor w = torch::tensor(weights, at::kDouble);
  const at::Tensor ones = torch::ones({real.size(0)}, at::kDouble);
  const auto mean = [&](const at::Tensor& a, const at::Tensor& of_a, const at::Tensor& b,
                        const at::Tensor& of_b, bool leaves_out_self) {
    at::Tensor pairs = of_a.unsqueeze(1) * of_b;
    if (leaves_out_self) pairs.fill_diagonal_(0.0);
    return ((kernel(a, b) * pairs).sum() / pairs.sum()).item<double>();
  };
  return mean(images, w, images, w, !has_self_pairs) + mean(real, ones, real, ones, !has_self_pairs) -
         2.0 * mean(images, w, real, ones, false);
}

at::Tensor cubic(const at::Tensor& a, const at::Tensor& b) {
  return (a.matmul(b.t()) / static_cast<double>(a.size(1)) + 1.0).pow(3);
}

at::Tensor gaussian(const at::Tensor& a, const at::Tensor& b) {
  const auto normalised = [](const at::Tensor& rows) { return rows / rows.norm(2, 1, true); };
  return ((normalised(a).unsqueeze(1) - normalised(b)).square().sum(2) / -200.0).exp();
}

/// All rows.
at::Tensor matrix_of(const metrics::PlacedRows& rows) {
  std::vector<at::Tensor> blocks;
  rows.visit([&](const metrics::RowBlock& block) { blocks.push_back(block.rows); });
  return torch::cat(blocks).to(at::kDouble);
}

/// IS over permuted splits. In each split's mean divergence a row has the weight of its image.
double inception_score(const std::vector<at::Tensor>& logits, const Weights& weights, double temperature,
                       const metrics::Settings& settings) {
  std::vector<double> of_rows;
  for (std::size_t i = 0; i < logits.size(); ++i)
    of_rows.insert(of_rows.end(), static_cast<std::size_t>(logits[i].size(0)), weights[i]);
  const at::Tensor p = torch::softmax(torch::cat(logits).to(at::kDouble) / temperature, 1);
  const auto order = metrics::numpy_permutation(settings.seed, of_rows.size());
  const auto splits = static_cast<std::size_t>(settings.splits);
  double sum = 0.0;
  for (std::size_t s = 0; s < splits; ++s) {
    const std::size_t begin = s * order.size() / splits;
    const std::size_t end = (s + 1) * order.size() / splits;
    at::Tensor marginal = torch::zeros({p.size(1)}, at::kDouble);
    double all = 0.0;
    for (std::size_t k = begin; k < end; ++k) {
      marginal += p[static_cast<std::int64_t>(order[k])] * of_rows[order[k]];
      all += of_rows[order[k]];
    }
    marginal /= all;
    double divergence = 0.0;
    for (std::size_t k = begin; k < end; ++k) {
      const at::Tensor row = p[static_cast<std::int64_t>(order[k])];
      divergence += of_rows[order[k]] / all * (row * (row.log() - marginal.log())).sum().item<double>();
    }
    sum += std::exp(divergence);
  }
  return sum / static_cast<double>(splits);
}

double choose(double n, double k) {
  return k < 0 || k > n ? 0.0 : std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

/// The sum, over all draws of m of n items, of the product of the drawn items' weights. One item has the
/// weight 1 + extra, the others 1, so it is C(n, m) + extra · C(n − 1, m − 1).
double draws(double n, double m, double extra) { return choose(n, m) + extra * choose(n - 1, m - 1); }

double rp(const Drawn& drawn, const Weights& weights) {
  const auto n = static_cast<std::int64_t>(weights.size());
  const at::Tensor images = drawn.embeddings.to(at::kDouble);
  const at::Tensor texts = drawn.texts.to(at::kDouble);
  const at::Tensor cosines = images.matmul(texts.t()) / images.norm(2, 1, true) / texts.norm(2, 1, true).t();
  const auto m = static_cast<double>(std::min<std::int64_t>(99, n - 1));
  Mean mean;
  for (std::int64_t i = 0; i < n; ++i) {
    double harmless = 0.0;
    double extra_of_harmless = 0.0;
    double extra = 0.0;
    for (std::int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      const double more = weights[static_cast<std::size_t>(j)] - 1.0;
      extra += more;
      if (cosines[i][j].item<double>() > cosines[i][i].item<double>() + 1e-6) continue;
      harmless += 1.0;
      extra_of_harmless += more;
    }
    const double chance = draws(harmless, m, extra_of_harmless) / draws(static_cast<double>(n - 1), m, extra);
    mean.add(chance, weights[static_cast<std::size_t>(i)]);
  }
  return mean.value();
}

}  // namespace

double weighted(const std::string& metric, const Drawn& drawn, const std::vector<double>& weights,
                const metrics::Settings& settings) {
  if (metric == "CLIP-S") return mean_of(weights, [&](std::size_t i) { return clip_s(drawn, i); });
  if (metric == "RefCLIP-S") return mean_of(weights, [&](std::size_t i) { return ref_clip_s(drawn, i); });
  if (metric == "CA") return mean_of(weights, [&](std::size_t i) { return ca(drawn, i); });
  if (metric == "IS") return inception_score(drawn.logits.split(1), weights, 1.0, settings);
  if (metric == "IS*")
    return inception_score(drawn.logits.split(1), weights, *settings.temperature, settings);
  if (metric == "O-IS")
    return inception_score(drawn.crop_logits, weights, *settings.object_temperature, settings);
  const auto kernel_distance_of = [&](auto kernel, bool has_self_pairs) {
    const metrics::Metric& of = *metrics::find_metric(metric);
    return kernel_distance((kRowScale * drawn.features).to(at::kDouble), weights,
                           matrix_of(drawn_real(of)->rows), kernel, has_self_pairs);
  };
  if (metric == "KID") return kernel_distance_of(&cubic, false);
  if (metric == "MMD") return 1000.0 * kernel_distance_of(&gaussian, true);
  if (metric == "FID" || metric == "FD")
    return fid(drawn.features.split(1), weights, drawn_real(*metrics::find_metric("FID"))->moments);
  if (metric == "O-FID")
    return fid(drawn.crop_features, weights, drawn_real(*metrics::find_metric("O-FID"))->moments);
  if (metric == "RP") return rp(drawn, weights);
  if (metric == "SOA-C") return soa_c(drawn, weights);
  if (metric == "SOA-I") return soa_i(drawn, weights);
  if (metric == "PA") return pa(drawn, weights);
  throw std::logic_error("no weighted " + metric);
}

}  // namespace tise::testing
