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

/// Texts and their token ids in three blocks of memory, so that a million of them weigh little more than
/// their bytes.
class TokenizedTexts {
 public:
  void add(const TokenizedText& text);
  std::size_t size() const { return places_.size(); }
  std::string_view text(std::size_t i) const;
  std::span<const std::int32_t> tokens(std::size_t i) const;
  bool is_cut(std::size_t i) const { return places_[i].is_cut; }
  /// By the number of tokens, then by the tokens.
  void sort();

 private:
  struct Place {
    std::size_t text, tokens;  ///< where they begin
    std::uint32_t text_size, token_count;
    bool is_cut;
  };
  std::span<const std::int32_t> tokens(const Place& place) const;

  std::string texts_;
  std::vector<std::int32_t> tokens_;
  std::vector<Place> places_;
};

/// Encodes texts in batches of like length, each batch cut to its longest (the text tower is causal, so the
/// embedding is the same), shortest first: the batches depend on the set of texts alone. The tokens are to
/// be distinct. A lane for each of `lanes`; their encoder is what `encoder` answers with for the device.
/// `sink` is called in order, on the calling thread. Throws Interrupted, and what encoder and sink throw.
void encode_texts(TokenizedTexts texts, const std::function<models::Network&(c10::Device)>& encoder,
                  std::size_t batch_size, const std::vector<c10::Device>& lanes,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock);

}  // namespace tise::pipeline
