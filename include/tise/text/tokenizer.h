#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tise::text {

class Bpe;

/// What CLIP's tokenizer does to a text before it splits it: ftfy's repairs (docs/text.md lists which),
/// html.unescape twice, strip, collapse white space, lower case. UTF-8 in and out; bytes that aren't UTF-8
/// become U+FFFD.
std::string clean(std::string_view text);

/// Of the library that knows Unicode's characters, such as `72.1`.
std::string icu_version();

/// The tokens of a text.
struct Tokens {
  std::vector<std::int64_t> ids;
  bool is_cut = false;  ///< whether the text has more than the context does
};

/// OpenAI CLIP's byte-level BPE (openai/CLIP, simple_tokenizer.py) over any merges file of that form. Threads
/// may share one.
class Tokenizer {
 public:
  /// `merges`: one merge a line after a `#version` line, as in `bpe_simple_vocab_16e6.txt`. As in CLIP,
  /// merges beyond the first 48,894 are left out. Throws std::invalid_argument that names the bad line.
  explicit Tokenizer(std::string_view merges);

  /// Token ids of the cleaned text between start and end token; where that is more than `context_length`
  /// (at least 2), cut, with the end token last. Not padded: length 2 to `context_length`.
  Tokens encode(std::string_view text, std::size_t context_length) const;

  std::int64_t start_token() const;
  std::int64_t end_token() const;
  std::int64_t vocabulary_size() const;

 private:
  std::shared_ptr<const Bpe> bpe_;
};

}  // namespace tise::text
