#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/models/models.h"
#include "tise/pipeline/monitor.h"
#include "tise/store/rows.h"

namespace tise::pipeline {

using store::TextRows;
using store::TokenizedText;

/// Texts and their token ids in three blocks of memory: a million texts take little more memory than their
/// bytes.
class TokenizedTexts {
 public:
  void add(const TokenizedText& text);
  std::size_t size() const { return places_.size(); }
  std::string_view text(std::size_t i) const;
  std::span<const std::int32_t> tokens(std::size_t i) const;
  bool is_cut(std::size_t i) const { return places_[i].is_cut; }
  /// Sorts by the number of tokens, then by the tokens.
  void sort();

 private:
  struct Place {
    std::size_t text, tokens;  ///< offsets in texts_ and tokens_
    std::uint32_t text_size, token_count;
    bool is_cut;
  };
  std::span<const std::int32_t> tokens(const Place& place) const;

  std::string texts_;
  std::vector<std::int32_t> tokens_;
  std::vector<Place> places_;
};

/// Encodes texts, shortest first, in batches padded only to their longest text (the text tower is causal, so
/// the padding doesn't affect embeddings). The batches depend only on the set of texts, whose token sequences
/// must be distinct. Runs one lane per entry of `lanes`, with the network that `encoder` returns for its
/// device. Calls `sink` in order on the calling thread. Throws Interrupted and whatever `encoder` and `sink`
/// throw.
void encode_texts(TokenizedTexts texts, const std::function<models::Network&(c10::Device)>& encoder,
                  std::size_t batch_size, const std::vector<c10::Device>& lanes,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock);

}  // namespace tise::pipeline
