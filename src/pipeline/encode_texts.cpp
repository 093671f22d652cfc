#include "tise/pipeline/encode_texts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

namespace tise::pipeline {
namespace {

/// [n, longest] int64, filled up with zeros behind the end token.
at::Tensor pack(std::span<const TokenizedText> texts) {
  const auto longest = static_cast<std::int64_t>(texts.back().tokens.size());
  at::Tensor batch = at::zeros({static_cast<std::int64_t>(texts.size()), longest}, at::kLong);
  auto* row = batch.mutable_data_ptr<std::int64_t>();
  for (const TokenizedText& text : texts) {
    std::copy(text.tokens.begin(), text.tokens.end(), row);
    row += longest;
  }
  return batch;
}

TextRows rows_of(std::span<TokenizedText> texts, at::Tensor embeddings) {
  TextRows rows;
  for (TokenizedText& text : texts) {
    rows.texts.push_back(std::move(text.text));
    rows.tokens.push_back(std::move(text.tokens));
  }
  rows.embeddings = std::move(embeddings);
  return rows;
}

}  // namespace

void encode_texts(std::vector<TokenizedText> texts, models::ImageTextEncoder& encoder, std::size_t batch_size,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock) {
  std::sort(texts.begin(), texts.end(), [](const TokenizedText& a, const TokenizedText& b) {
    return std::forward_as_tuple(a.tokens.size(), a.tokens) <
           std::forward_as_tuple(b.tokens.size(), b.tokens);
  });
  const std::span<TokenizedText> all(texts);
  for (std::size_t done = 0; done < all.size();) {
    monitor.check();
    const auto batch = all.subspan(done, std::min(batch_size, all.size() - done));
    at::Tensor embeddings;
    {
      const StageTimer timer(clock, "texts");
      embeddings = encoder.encode_texts(pack(batch));
    }
    done += batch.size();
    sink(rows_of(batch, std::move(embeddings)));
    monitor.report("texts", done, all.size());
  }
}

}  // namespace tise::pipeline
