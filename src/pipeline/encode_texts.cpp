#include "tise/pipeline/encode_texts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "tise/pipeline/batch_size.h"

namespace tise::pipeline {
namespace {

/// A batch of texts, in order of their lengths: [begin, end).
struct Batch {
  std::size_t begin, end;
};

/// [n, longest] int64, filled up with zeros behind the end token.
at::Tensor pack(const TokenizedTexts& texts, const Batch& batch) {
  const auto longest = static_cast<std::int64_t>(texts.tokens(batch.end - 1).size());
  at::Tensor packed = at::zeros({static_cast<std::int64_t>(batch.end - batch.begin), longest}, at::kLong);
  auto* row = packed.mutable_data_ptr<std::int64_t>();
  for (std::size_t i = batch.begin; i < batch.end; ++i) {
    std::ranges::copy(texts.tokens(i), row);
    row += longest;
  }
  return packed;
}

TextRows rows_of(const TokenizedTexts& texts, const Batch& batch, at::Tensor embeddings) {
  TextRows rows;
  for (std::size_t i = batch.begin; i < batch.end; ++i) {
    rows.texts.emplace_back(texts.text(i));
    rows.tokens.emplace_back(texts.tokens(i).begin(), texts.tokens(i).end());
  }
  rows.embeddings = std::move(embeddings);
  return rows;
}

}  // namespace

void TokenizedTexts::add(std::string_view text, std::span<const std::int64_t> tokens) {
  places_.push_back({texts_.size(), tokens_.size(), static_cast<std::uint32_t>(text.size()),
                     static_cast<std::uint32_t>(tokens.size())});
  texts_ += text;
  for (const std::int64_t token : tokens) tokens_.push_back(static_cast<std::int32_t>(token));
}

std::string_view TokenizedTexts::text(std::size_t i) const {
  return std::string_view(texts_).substr(places_[i].text, places_[i].text_size);
}

std::span<const std::int32_t> TokenizedTexts::tokens(std::size_t i) const { return tokens(places_[i]); }

std::span<const std::int32_t> TokenizedTexts::tokens(const Place& place) const {
  return std::span(tokens_).subspan(place.tokens, place.token_count);
}

void TokenizedTexts::sort() {
  std::ranges::sort(places_, [&](const Place& a, const Place& b) {
    if (a.token_count != b.token_count) return a.token_count < b.token_count;
    return std::ranges::lexicographical_compare(tokens(a), tokens(b));
  });
}

void encode_texts(TokenizedTexts texts, models::ImageTextEncoder& encoder, std::size_t batch_size,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock) {
  texts.sort();
  BatchSize size(batch_size, batch_size);
  in_batches(texts.size(), size, [&](std::size_t begin, std::size_t end) {
    monitor.check();
    const Batch batch{begin, end};
    at::Tensor embeddings;
    {
      const StageTimer timer(clock, "texts");
      embeddings = encoder.encode_texts(pack(texts, batch));
    }
    sink(rows_of(texts, batch, std::move(embeddings)));
    monitor.report("texts", end, texts.size());
  });
}

}  // namespace tise::pipeline
