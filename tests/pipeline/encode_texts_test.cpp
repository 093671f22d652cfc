#include "tise/pipeline/encode_texts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <mutex>
#include <numeric>

#include "tise/base/error.h"

namespace tise::pipeline {
namespace {

/// Returns the sum of a text's tokens, and records the shapes of its batches.
class SumEncoder : public models::Network {
 public:
  at::Tensor encode_texts(const at::Tensor& tokens) override {
    const std::lock_guard lock(mutex_);
    shapes.emplace_back(tokens.size(0), tokens.size(1));
    return tokens.sum(1, true).to(at::kFloat);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> shapes;

 private:
  std::mutex mutex_;  // lanes call concurrently
};

/// The text "i" consists of lengths[i] tokens i + 1; the text "1" is marked as cut. Texts are added in the
/// given order, by default in ascending order.
TokenizedTexts texts_of_lengths(const std::vector<std::size_t>& lengths,
                                std::vector<std::size_t> order = {}) {
  if (order.empty()) {
    order.resize(lengths.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  TokenizedTexts texts;
  for (const std::size_t i : order) {
    texts.add(
        {std::to_string(i), std::vector<std::int64_t>(lengths[i], static_cast<std::int64_t>(i) + 1), i == 1});
  }
  return texts;
}

std::vector<TextRows> encode(TokenizedTexts texts, SumEncoder& encoder, std::size_t batch,
                             const std::vector<c10::Device>& lanes = {c10::kCPU}) {
  std::vector<TextRows> got;
  StageClock clock;
  encode_texts(
      std::move(texts), [&](c10::Device) -> models::Network& { return encoder; }, batch, lanes,
      [&](TextRows&& rows) { got.push_back(std::move(rows)); }, {}, clock);
  return got;
}

TEST(EncodeTexts, batches_hold_texts_of_similar_length_padded_to_the_longest) {
  SumEncoder encoder;
  encode(texts_of_lengths({9, 3, 5, 3, 7}), encoder, 2);
  const std::vector<std::pair<std::int64_t, std::int64_t>> wanted{{2, 3}, {2, 7}, {1, 9}};
  EXPECT_EQ(encoder.shapes, wanted);
}

TEST(EncodeTexts, a_text_keeps_its_tokens_and_embedding) {
  SumEncoder encoder;
  std::size_t seen = 0;
  for (const TextRows& rows : encode(texts_of_lengths({9, 3, 5, 3, 7}), encoder, 2)) {
    for (std::size_t i = 0; i < rows.texts.size(); ++i, ++seen) {
      const auto& [text, tokens, is_cut] = rows.texts[i];
      const auto sum = static_cast<float>(tokens.size()) * static_cast<float>(tokens.front());
      EXPECT_EQ(rows.embeddings[static_cast<std::int64_t>(i)].item<float>(), sum);
      EXPECT_EQ(text, std::to_string(tokens.front() - 1));
      EXPECT_EQ(is_cut, text == "1");
    }
  }
  EXPECT_EQ(seen, 5U);
}

TEST(EncodeTexts, the_batches_do_not_depend_on_the_order_of_the_texts) {
  const std::vector<std::size_t> lengths{4, 4, 4, 6, 6, 2, 8};
  SumEncoder encoder;
  const auto first = encode(texts_of_lengths(lengths), encoder, 3);
  const auto second = encode(texts_of_lengths(lengths, {5, 2, 6, 0, 3, 1, 4}), encoder, 3);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].texts, second[i].texts);
}

TEST(EncodeTexts, come_in_the_same_order_with_several_lanes) {
  std::vector<std::size_t> lengths(100);
  std::iota(lengths.begin(), lengths.end(), std::size_t{2});
  SumEncoder encoder;
  const auto alone = encode(texts_of_lengths(lengths), encoder, 7);
  const auto beside = encode(texts_of_lengths(lengths), encoder, 7, {c10::kCPU, c10::kCPU});
  ASSERT_EQ(alone.size(), beside.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i].texts, beside[i].texts);
    EXPECT_TRUE(at::equal(alone[i].embeddings, beside[i].embeddings));
  }
}

TEST(EncodeTexts, a_stop_request_ends_the_run) {
  std::stop_source stop;
  stop.request_stop();
  Monitor monitor;
  monitor.stop = stop.get_token();
  SumEncoder encoder;
  StageClock clock;
  EXPECT_THROW(encode_texts(
                   texts_of_lengths({3}), [&](c10::Device) -> models::Network& { return encoder; }, 1,
                   {c10::kCPU}, [](TextRows&&) {}, monitor, clock),
               Interrupted);
}

}  // namespace
}  // namespace tise::pipeline
