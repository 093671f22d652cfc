#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tise::text {

class Bpe;

/// Cleans a text as CLIP's tokenizer does before splitting it: ftfy's repairs (docs/dev/text.md lists them),
/// html.unescape twice, strip, collapse white space, lower case. UTF-8 in and out; bytes that aren't UTF-8
/// become U+FFFD.
std::string clean(std::string_view text);

/// ICU's version, such as `72.1`.
std::string icu_version();

/// The tokens of a text.
struct Tokens {
  std::vector<std::int64_t> ids;
  bool is_cut = false;  ///< whether the text has more tokens than fit into the context
};

/// OpenAI CLIP's byte-level BPE (openai/CLIP, simple_tokenizer.py), with any merges file in CLIP's format.
/// Threads may share a tokenizer.
class Tokenizer {
 public:
  /// `merges`: one merge per line after a `#version` line, as in `bpe_simple_vocab_16e6.txt`. As in CLIP,
  /// merges after the first 48,894 are ignored. Throws std::invalid_argument that names the bad line.
  explicit Tokenizer(std::string_view merges);

  /// Token ids of the cleaned text, between start and end token. If there are more than `context_length` (at
  /// least 2), they are cut, with the end token last. Not padded: the length is 2 to `context_length`.
  Tokens encode(std::string_view text, std::size_t context_length) const;

  std::int64_t start_token() const;
  std::int64_t end_token() const;
  std::int64_t vocabulary_size() const;

 private:
  std::shared_ptr<const Bpe> bpe_;
};

}  // namespace tise::text
