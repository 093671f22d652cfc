#include "tise/text/tokenizer.h"

#include <cassert>
#include <utility>

#include "bpe.h"
#include "split.h"
#include "unicode.h"

namespace tise::text {

struct Tokenizer::Impl {
  explicit Impl(std::string_view merges) : bpe(merges) {}
  Bpe bpe;
};

Tokenizer::Tokenizer(std::string_view merges) : impl_(std::make_unique<Impl>(merges)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokens Tokenizer::encode(std::string_view text, std::size_t context_length) const {
  assert(context_length >= 2);
  std::vector<std::int64_t> tokens = {start_token()};
  const std::u32string cleaned = to_utf32(clean(text));
  for (const std::u32string_view word : split(cleaned)) {
    if (tokens.size() >= context_length) break;
    if (word == kStartOfText) {
      tokens.push_back(start_token());
    } else if (word == kEndOfText) {
      tokens.push_back(end_token());
    } else {
      const std::vector<std::int32_t> parts = impl_->bpe.encode(to_utf8(word));
      tokens.insert(tokens.end(), parts.begin(), parts.end());
    }
  }
  tokens.push_back(end_token());
  const bool is_cut = tokens.size() > context_length;
  if (is_cut) {
    tokens.resize(context_length);
    tokens.back() = end_token();
  }
  return {std::move(tokens), is_cut};
}

std::int64_t Tokenizer::start_token() const { return impl_->bpe.size(); }
std::int64_t Tokenizer::end_token() const { return impl_->bpe.size() + 1; }
std::int64_t Tokenizer::vocabulary_size() const { return impl_->bpe.size() + 2; }

}  // namespace tise::text
