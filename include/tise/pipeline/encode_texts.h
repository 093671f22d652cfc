#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tise/models/models.h"
#include "tise/pipeline/monitor.h"
#include "tise/pipeline/rows.h"

namespace tise::pipeline {

/// A text and its token ids.
struct TokenizedText {
  std::string text;
  std::vector<std::int64_t> tokens;
};

/// Encodes texts in batches of like length, each batch cut to its longest (the text tower is causal, so the
/// embedding is the same), shortest first: the batches depend on the set of texts alone. The tokens are to
/// be distinct. Throws Interrupted.
void encode_texts(std::vector<TokenizedText> texts, models::ImageTextEncoder& encoder, std::size_t batch_size,
                  const std::function<void(TextRows&&)>& sink, const Monitor& monitor, StageClock& clock);

}  // namespace tise::pipeline
