// How many captions beat an image's own (r_precision.cpp): blocks of captions against blocks of images.

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "rp.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// float32 cosines of unit rows are within this of the true ones, with room to spare (seen: 3e-7 at D = 768).
constexpr double kGuard = 1e-5;
/// Captions whose embeddings are in memory at a time, 8 MB at D = 512 and on a GPU 64 MB; the images are read
/// once for each block.
constexpr std::size_t kTextBlock = 4096;
constexpr std::size_t kTextBlockOnGpu = 32768;

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

/// Adds to `better`, for each of some pairs, the captions of a block that beat its own.
void add_better(const Embeddings& images, std::span<const PairRow> pairs, const TextBlock& block,
                const std::vector<double>& truths, std::vector<std::size_t>& better) {
  std::vector<std::size_t> rows;
  std::vector<double> surely;
  std::vector<double> maybe;
  for (const auto& [pair, row] : pairs) {
    rows.push_back(row);
    surely.push_back(truths[pair] + kTie + kGuard);  // nothing is above what isn't a number
    maybe.push_back(truths[pair] + kTie - kGuard);
  }
  const c10::Device device = block.columns.device();
  const at::Tensor products = at::matmul(images.unit_rows(rows).to(device), block.columns);
  const at::Tensor sure = products > column_of(surely, device) * block.norms;
  const at::Tensor doubtful = (products > column_of(maybe, device) * block.norms).logical_xor_(sure);
  const at::Tensor counts = sure.sum(1).to(at::kCPU);
  const at::Tensor places = doubtful.nonzero().to(at::kCPU).contiguous();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    better[pairs[i].pair] += static_cast<std::size_t>(counts.const_data_ptr<std::int64_t>()[i]);
  }
  const auto* place = places.const_data_ptr<std::int64_t>();
  for (std::int64_t k = 0; k < places.size(0); ++k, place += 2) {
    const auto [pair, row] = pairs[static_cast<std::size_t>(place[0])];
    const auto text = static_cast<std::size_t>(place[1]);
    if (cosine(images, row, block.embeddings, text) > truths[pair] + kTie) ++better[pair];
  }
}

/// The pairs whose captions are among the texts, used by RP or not.
std::vector<std::size_t> pairs_with(const Texts& all, const DistinctTexts& texts) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < all.of_pair.size(); ++i) {
    if (std::ranges::binary_search(texts.rows, all.of_pair[i].bare)) pairs.push_back(i);
  }
  return pairs;
}

}  // namespace

TextBlock::TextBlock(const Texts& texts, std::span<const std::size_t> rows, c10::Device device)
    : embeddings(texts.read(rows)), columns(embeddings.rows().t().to(device)) {
  at::Tensor lengths = at::empty({static_cast<std::int64_t>(rows.size())}, at::kFloat);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double norm = embeddings.norm(i);
    lengths.mutable_data_ptr<float>()[i] = norm == 0.0 ? 1.0F : static_cast<float>(norm);
  }
  norms = lengths.to(device);
}

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
        add_better(images, some, *block, truths_, better_);
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
