#include "tise/pipeline/encode_texts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "tise/pipeline/batch_size.h"
#include "tise/pipeline/lanes.h"

namespace tise::pipeline {
namespace {

/// A batch: the range [begin, end) of texts sorted by length.
struct TextBatch {
  std::size_t begin, end;
};

/// The batch's tokens, [n, longest] int64, padded with zeros after the end token.
at::Tensor pack(const TokenizedTexts& texts, const TextBatch& batch) {
  const auto longest = static_cast<std::int64_t>(texts.tokens(batch.end - 1).size());
  at::Tensor packed = at::zeros({static_cast<std::int64_t>(batch.end - batch.begin), longest}, at::kLong);
  auto* row = packed.mutable_data_ptr<std::int64_t>();
  for (std::size_t i = batch.begin; i < batch.end; ++i) {
    std::ranges::copy(texts.tokens(i), row);
    row += longest;
  }
  return packed;
}

TextRows rows_of(const TokenizedTexts& texts, const TextBatch& batch, at::Tensor embeddings) {
  TextRows rows;
  for (std::size_t i = batch.begin; i < batch.end; ++i) {
    const std::span<const std::int32_t> tokens = texts.tokens(i);
    rows.texts.push_back({std::string(texts.text(i)), {tokens.begin(), tokens.end()}, texts.is_cut(i)});
  }
  rows.embeddings = std::move(embeddings);
  return rows;
}

}  // namespace

void TokenizedTexts::add(const TokenizedText& text) {
  places_.push_back({texts_.size(), tokens_.size(), static_cast<std::uint32_t>(text.text.size()),
                     static_cast<std::uint32_t>(text.tokens.size()), text.is_cut});
  texts_ += text.text;
  for (const std::int64_t token : text.tokens) tokens_.push_back(static_cast<std::int32_t>(token));
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

void encode_texts(TokenizedTexts texts, const std::function<models::Network&(c10::Device)>& encoder,
                  std::size_t batch_size, const std::vector<c10::Device>& lanes,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock) {
  texts.sort();
  BatchSize size(batch_size, batch_size);
  const auto encode = [&](const TextBatch& all, c10::Device device) {
    std::vector<TextRows> rows;
    in_batches(all.end - all.begin, size, [&](std::size_t begin, std::size_t end) {
      const StageTimer timer(clock, "texts");
      const TextBatch batch{all.begin + begin, all.begin + end};
      rows.push_back(rows_of(texts, batch, encoder(device).encode_texts(pack(texts, batch))));
    });
    return rows;
  };
  Lanes running(lanes);
  for (std::size_t begin = 0; begin < texts.size();) {
    monitor.check();
    const TextBatch batch{begin, std::min(begin + size.get(), texts.size())};
    running.run([&, batch](c10::Device device) {
      auto rows = std::make_shared<std::vector<TextRows>>(encode(batch, device));
      return [&, batch, rows] {
        for (TextRows& part : *rows) sink(std::move(part));
        monitor.report("texts", batch.end, texts.size());
      };
    });
    begin = batch.end;
  }
  running.finish();
}

}  // namespace tise::pipeline
