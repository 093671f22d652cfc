#include "tise/metrics/similarity.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "tise/base/side_by_side.h"
#include "tise/base/vector_width.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr std::int64_t kPairBlock = 128;

}  // namespace

TISE_FOR_EACH_VECTOR_WIDTH
double dot(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
    }
  }
  for (; i < a.size(); ++i) sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

Embeddings::Embeddings(const at::Tensor& rows) : rows_(rows.to(at::kCPU, at::kFloat).contiguous()) {
  TORCH_CHECK(rows_.dim() == 2, "embeddings must be a matrix");
  norms_.resize(static_cast<std::size_t>(rows_.size(0)));
  side_by_side_in(rows_.size(0), kPairBlock, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      norms_[i] = std::sqrt(dot(row(i), row(i)));
  });
}

std::span<const float> Embeddings::row(std::size_t index) const {
  const auto width = static_cast<std::size_t>(rows_.size(1));
  return {rows_.const_data_ptr<float>() + index * width, width};
}

at::Tensor Embeddings::unit_rows(std::span<const std::size_t> rows) const {
  at::Tensor units = at::empty({static_cast<std::int64_t>(rows.size()), rows_.size(1)}, at::kFloat);
  float* out = units.mutable_data_ptr<float>();
  for (const std::size_t index : rows) {
    const double scale = norms_[index] == 0.0 ? 0.0 : 1.0 / norms_[index];
    for (const float value : row(index)) *out++ = static_cast<float>(value * scale);
  }
  return units;
}

double cosine(const Embeddings& a, std::size_t row_a, const Embeddings& b, std::size_t row_b) {
  const double norms = a.norm(row_a) * b.norm(row_b);
  return norms == 0.0 ? 0.0 : dot(a.row(row_a), b.row(row_b)) / norms;
}

Pass pass_over_pairs(const Reading& reading, const std::vector<std::size_t>& pairs, PairVisitor visit,
                     std::function<Step()> then) {
  auto by_image =
      std::make_shared<const std::vector<std::vector<std::size_t>>>(pairs_by_image(reading.samples, pairs));
  return pass_over(
      reading,
      [by_image, column = reading.column, visit = std::move(visit)](const Rows& rows) {
        std::vector<PairRow> block;
        for (std::size_t row = 0; row < rows.images.size(); ++row) {
          for (const std::size_t pair : (*by_image)[rows.images[row]]) block.push_back({pair, row});
        }
        if (block.empty()) return;
        visit(Embeddings(rows.at(column)), block);
      },
      std::move(then));
}

void visit_in_parts(std::span<const PairRow> block,
                    const std::function<void(std::span<const PairRow>)>& visit) {
  side_by_side_in(
      static_cast<std::int64_t>(block.size()), kPairBlock, [&](std::int64_t begin, std::int64_t end) {
        visit(block.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
      });
}

Result mean_of_pairs(const Samples& samples, Scores scores) {
  double sum = 0.0;
  std::size_t n = 0;
  for (std::size_t pair = 0; pair < scores.size(); ++pair) {
    if (!scores[pair]) continue;
    if (!std::isfinite(*scores[pair])) {
      return Result::undefined("\"" + samples.pairs[pair].id + "\": an embedding is not finite");
    }
    sum += *scores[pair];
    ++n;
  }
  Result result = Result::of(sum / static_cast<double>(n), n);
  result.influence.resize(scores.size());
  for (std::size_t pair = 0; pair < scores.size(); ++pair) {
    if (scores[pair]) result.influence[pair] = *scores[pair] - *result.value;
  }
  result.pair_scores = std::move(scores);
  return result;
}

void put_cosines(std::vector<double>& cosines, const Reading& reading, std::size_t PairTexts::*text,
                 const Embeddings& images, std::span<const PairRow> block) {
  visit_in_parts(block, [&](std::span<const PairRow> part) {
    std::vector<std::size_t> own;
    for (const auto& [pair, row] : part) own.push_back(reading.texts->of_pair[pair].*text);
    const BlockTexts texts(*reading.texts, own);
    for (std::size_t i = 0; i < part.size(); ++i)
      cosines[part[i].pair] = cosine(images, part[i].row, texts.embeddings(), texts.at(own[i]));
  });
}

Step mean_over_cosines(const Reading& reading, std::size_t PairTexts::*text, double (*score)(double)) {
  const std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  auto cosines = std::make_shared<std::vector<double>>(reading.samples.pairs.size());
  return pass_over_pairs(
      reading, pairs,
      [=](const Embeddings& images, std::span<const PairRow> block) {
        put_cosines(*cosines, reading, text, images, block);
      },
      [=] {
        Scores scores(cosines->size());
        for (const std::size_t pair : pairs) scores[pair] = score((*cosines)[pair]);
        return mean_of_pairs(reading.samples, std::move(scores));
      });
}

BlockTexts::BlockTexts(const Texts& texts, std::vector<std::size_t> rows)
    : rows_(sorted_set(std::move(rows))), embeddings_(texts.read(rows_)) {}

std::size_t BlockTexts::at(std::size_t row) const {
  return static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), row) - rows_.begin());
}

}  // namespace tise::metrics
