// Counts captions that beat an image's own (r_precision.cpp): blocks of captions against blocks of images.

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "rp.h"
#include "tise/base/mapped.h"
#include "tise/base/side_by_side.h"
#include "tise/base/vector_width.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// float32 cosines of unit rows are within this of the exact ones, with room to spare (3e-7 seen at D = 768).
constexpr double kGuard = 1e-5;
/// Captions whose embeddings are in memory at a time: twice 16 MB at D = 512, and 64 MB on a GPU. The images
/// are read once for each block.
constexpr std::size_t kTextBlock = 8192;
constexpr std::size_t kTextBlockOnGpu = 32768;
/// Images per tile.
constexpr std::size_t kImageTile = 512;

DistinctTexts distinct_texts(const Texts& texts, const std::vector<std::size_t>& pairs) {
  std::map<std::size_t, std::size_t> items_of_row;
  for (const std::size_t pair : pairs) ++items_of_row[texts.of_pair[pair].bare];
  DistinctTexts distinct;
  for (const auto& [row, items] : items_of_row) {
    distinct.rows.push_back(row);
    distinct.items.push_back(items);
  }
  return distinct;
}

/// How many numbers are above each of two bounds.
struct Above {
  std::uint32_t upper = 0;
  std::uint32_t lower = 0;
};

TISE_FOR_EACH_VECTOR_WIDTH
Above count_above(std::span<const float> numbers, float upper, float lower) {
  Above above;
  for (const float number : numbers) {
    above.upper += number > upper ? 1U : 0U;
    above.lower += number > lower ? 1U : 0U;
  }
  return above;
}

/// Pairs of one block of images, ranked against blocks of captions.
class Contest {
 public:
  Contest(const Embeddings& images, std::span<const PairRow> pairs, const std::vector<double>& truths)
      : images_(images),
        pairs_(pairs),
        truths_(truths),
        units_(images.unit_rows(mapped(pairs, &PairRow::row))) {}

  /// Adds to `better`, for each pair, how many captions of a block beat its own.
  void add_better(const TextBlock& block, std::vector<std::size_t>& better) const {
    if (!block.units.is_cpu()) {
      for (std::size_t first = 0; first < pairs_.size(); first += kImageTile)
        add_on_device(first, std::min(kImageTile, pairs_.size() - first), block, better);
      return;
    }
    const std::int64_t texts = block.units.size(0);
    const std::int64_t strips = (texts + kTextTile - 1) / kTextTile;
    const auto tiles = static_cast<std::int64_t>((pairs_.size() + kImageTile - 1) / kImageTile);
    std::mutex mutex;
    side_by_side(tiles * strips, [&](std::int64_t i) {
      const std::size_t first = static_cast<std::size_t>(i / strips) * kImageTile;
      const std::size_t count = std::min(kImageTile, pairs_.size() - first);
      const std::int64_t begin = i % strips * kTextTile;
      const std::int64_t end = std::min(texts, begin + kTextTile);
      const auto counts = better_in(first, count, block, begin, end);
      const std::lock_guard lock(mutex);
      for (std::size_t k = 0; k < count; ++k) better[pairs_[first + k].pair] += counts[k];
    });
  }

 private:
  float bound(std::size_t i, double guard) const {
    // If the truth is NaN, nothing is above the bound.
    return static_cast<float>(truths_[pairs_[i].pair] + kTie + guard);
  }

  at::Tensor rows(std::size_t first, std::size_t count) const {
    return units_.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count));
  }

  bool is_beaten(std::size_t i, const TextBlock& block, std::int64_t text) const {
    const auto [pair, row] = pairs_[i];
    return cosine(images_, row, block.embeddings, static_cast<std::size_t>(text)) > truths_[pair] + kTie;
  }

  /// For each of `count` pairs from `first` on: how many of a block's captions beat its own.
  std::vector<std::size_t> better_in(std::size_t first, std::size_t count, const TextBlock& block,
                                     std::int64_t begin, std::int64_t end) const {
    const at::Tensor products = at::matmul(rows(first, count), block.units.slice(0, begin, end).t());
    const auto width = static_cast<std::size_t>(end - begin);
    const auto* product = products.const_data_ptr<float>();
    std::vector<std::size_t> better;
    for (std::size_t i = first; i < first + count; ++i, product += width) {
      const float lower = bound(i, -kGuard);
      const float upper = bound(i, kGuard);
      const Above above = count_above({product, width}, upper, lower);
      better.push_back(above.upper);
      if (above.upper == above.lower) continue;
      for (std::size_t k = 0; k < width; ++k) {
        const bool is_doubtful = product[k] > lower && !(product[k] > upper);
        if (is_doubtful && is_beaten(i, block, begin + static_cast<std::int64_t>(k))) ++better.back();
      }
    }
    return better;
  }

  void add_on_device(std::size_t first, std::size_t count, const TextBlock& block,
                     std::vector<std::size_t>& better) const {
    const c10::Device device = block.units.device();
    std::vector<double> surely;
    std::vector<double> maybe;
    for (std::size_t i = first; i < first + count; ++i) {
      surely.push_back(bound(i, kGuard));
      maybe.push_back(bound(i, -kGuard));
    }
    const at::Tensor products = at::matmul(rows(first, count).to(device), block.units.t());
    const at::Tensor sure = products > column_of(surely, device);
    const at::Tensor doubtful = (products > column_of(maybe, device)).logical_xor_(sure);
    const at::Tensor counts = sure.sum(1).to(at::kCPU);
    const at::Tensor places = doubtful.nonzero().to(at::kCPU).contiguous();
    for (std::size_t i = 0; i < count; ++i)
      better[pairs_[first + i].pair] += static_cast<std::size_t>(counts.const_data_ptr<std::int64_t>()[i]);
    const auto* place = places.const_data_ptr<std::int64_t>();
    for (std::int64_t k = 0; k < places.size(0); ++k, place += 2) {
      const std::size_t i = first + static_cast<std::size_t>(place[0]);
      if (is_beaten(i, block, place[1])) ++better[pairs_[i].pair];
    }
  }

  const Embeddings& images_;
  std::span<const PairRow> pairs_;
  const std::vector<double>& truths_;
  at::Tensor units_;  // [pairs, D] float32
};

/// The pairs whose captions are among the texts, including pairs that RP doesn't use.
std::vector<std::size_t> pairs_with(const Texts& all, const DistinctTexts& texts) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < all.of_pair.size(); ++i) {
    if (std::ranges::binary_search(texts.rows, all.of_pair[i].bare)) pairs.push_back(i);
  }
  return pairs;
}

}  // namespace

TextBlock::TextBlock(const Texts& texts, std::span<const std::size_t> rows, c10::Device device)
    : embeddings(texts.read(rows)), units(embeddings.unit_rows(numbers_below(rows.size())).to(device)) {}

std::vector<std::span<const std::size_t>> text_blocks(const DistinctTexts& texts, c10::Device device) {
  const std::size_t most = device.is_cpu() ? kTextBlock : kTextBlockOnGpu;
  std::vector<std::span<const std::size_t>> blocks;
  for (std::span<const std::size_t> rest(texts.rows); !rest.empty();
       rest = rest.subspan(blocks.back().size()))
    blocks.push_back(rest.first(std::min(most, rest.size())));
  return blocks;
}

at::Tensor column_of(const std::vector<double>& values, c10::Device device) {
  return at::tensor(values, at::kDouble).to(at::kFloat).unsqueeze(1).to(device);
}

Ranking::Ranking(const Reading& reading, std::vector<std::size_t> pairs)
    : reading_(reading),
      pairs_(std::move(pairs)),
      texts_(distinct_texts(*reading.texts, pairs_)),
      truths_(reading.samples.pairs.size()),
      better_(reading.samples.pairs.size()) {}

Pass Ranking::look(std::function<Step()> then) {
  const std::vector<std::size_t> all = pairs_with(*reading_.texts, texts_);
  pairs_of_image_ = pairs_by_image(reading_.samples, all);
  return pass_over_pairs(
      reading_, all,
      [this](const Embeddings& images, std::span<const PairRow> block) {
        put_cosines(truths_, reading_, &PairTexts::bare, images, block);
      },
      [this, then = std::move(then)] { return look_at_block(0, then); });
}

Step Ranking::look_at_block(std::size_t number, const std::function<Step()>& then) {
  const c10::Device device = reading_.settings.device;
  const auto blocks = text_blocks(texts_, device);
  if (number == blocks.size()) {
    for (const std::size_t pair : pairs_) {
      for (const OwnCaption& caption : own(pair)) better_[pair] -= caption.beats ? 1U : 0U;
    }
    return then();
  }
  auto block = std::make_shared<const TextBlock>(*reading_.texts, blocks[number], device);
  return pass_over_pairs(
      reading_, pairs_,
      [this, block](const Embeddings& images, std::span<const PairRow> some) {
        Contest(images, some, truths_).add_better(*block, better_);
      },
      [this, number, then] { return look_at_block(number + 1, then); });
}

std::vector<OwnCaption> Ranking::own(std::size_t pair) const {
  std::vector<OwnCaption> captions;
  for (const std::size_t other : pairs_of_image_[reading_.samples.pairs[pair].image]) {
    const std::size_t row = reading_.texts->of_pair[other].bare;
    const auto is_same = [&](const OwnCaption& caption) { return caption.row == row; };
    if (std::none_of(captions.begin(), captions.end(), is_same))
      captions.push_back({row, truths_[other] > truths_[pair] + kTie});
  }
  return captions;
}

}  // namespace tise::metrics
