// Byte pair encoding as in openai/CLIP's simple_tokenizer.py. Bytes are symbols; the last byte of a word is a
// different symbol (`</w>` in the merges file). While any two neighbors have a merge, the merge that comes
// first in the file is applied throughout the word, from left to right.
//
// The file shows each byte as a printable character: its Latin-1 character if that is printable, else U+0100
// and up in byte order. Ids of bytes follow the same two groups.

#include "bpe.h"

#include <array>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <utility>

#include "unicode.h"

namespace tise::text {
namespace {

constexpr std::size_t kMostMerges = 49152 - 256 - 2;  // the number that CLIP uses from OpenAI's file
constexpr std::string_view kEndOfWord = "</w>";
constexpr std::int32_t kBytes = 256;

bool shows_as_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteSymbol {
  std::int32_t id = 0;
  std::string shown;  // UTF-8
};

std::array<ByteSymbol, kBytes> make_byte_symbols() {
  std::array<ByteSymbol, kBytes> symbols;
  std::int32_t id = 0;
  for (int byte = 0; byte < kBytes; ++byte) {
    const auto c = static_cast<char32_t>(byte);
    if (shows_as_itself(byte)) symbols[byte] = {id++, to_utf8({&c, 1})};
  }
  char32_t shown = 0x100;
  for (int byte = 0; byte < kBytes; ++byte) {
    if (shows_as_itself(byte)) continue;
    symbols[byte] = {id++, to_utf8({&shown, 1})};
    ++shown;
  }
  return symbols;
}

const std::array<ByteSymbol, kBytes>& byte_symbols() {
  static const std::array<ByteSymbol, kBytes> symbols = make_byte_symbols();
  return symbols;
}

[[noreturn]] void reject(std::size_t line, const std::string& what) {
  throw std::invalid_argument("line " + std::to_string(line) + ": " + what);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::uint64_t key(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
}

std::unordered_map<std::string, std::int32_t> byte_tokens() {
  std::unordered_map<std::string, std::int32_t> tokens;
  for (const ByteSymbol& symbol : byte_symbols()) {
    tokens[symbol.shown] = symbol.id;
    tokens[symbol.shown + std::string(kEndOfWord)] = kBytes + symbol.id;
  }
  return tokens;
}

std::pair<std::string, std::string> read_merge(std::string_view line, std::size_t number) {
  const std::size_t space = line.find(' ');
  const bool is_pair = space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
                       line.find(' ', space + 1) == std::string_view::npos;
  if (!is_pair) reject(number, "expected two symbols separated by a space");
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

}  // namespace

Bpe::Bpe(std::string_view merges) {
  if (take_line(merges).find("#version") == std::string_view::npos) reject(1, "expected a #version line");
  struct Pair {
    std::string left;
    std::string right;
  };
  std::unordered_map<std::string, std::int32_t> tokens = byte_tokens();
  std::vector<Pair> pairs;
  size_ = 2 * kBytes;
  const auto require = [&](const std::string& symbol, std::size_t line) {
    if (!tokens.contains(symbol)) reject(line, "'" + symbol + "' is neither a byte nor an earlier merge");
  };
  for (std::size_t line = 2; !merges.empty() && pairs.size() < kMostMerges; ++line) {
    const std::string_view text = take_line(merges);
    if (text.empty() && merges.empty()) break;
    const auto [left, right] = read_merge(text, line);
    require(left, line);
    require(right, line);
    tokens[left + right] = size_++;  // if two merges give the same symbol, the later id counts
    pairs.push_back({left, right});
  }
  for (std::size_t rank = 0; rank < pairs.size(); ++rank) {
    const auto& [left, right] = pairs[rank];
    merges_[key(tokens.at(left), tokens.at(right))] = {static_cast<std::int32_t>(rank),
                                                       tokens.at(left + right)};
  }
}

const Bpe::Merge* Bpe::find(std::int32_t left, std::int32_t right) const {
  const auto found = merges_.find(key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

/// A word whose symbols are being merged: a list, and a heap of the possible merges of neighbors, so that
/// long words take n·log n.
class Bpe::Word {
 public:
  Word(const Bpe& bpe, std::string_view bytes) : bpe_(bpe) {
    for (const char byte : bytes) {
      const std::size_t at = symbols_.size();
      symbols_.push_back(
          {byte_symbols()[static_cast<unsigned char>(byte)].id, at == 0 ? kNone : at - 1, at + 1});
    }
    symbols_.back().token += kBytes;
    symbols_.back().after = kNone;
    for (std::size_t i = 0; i < symbols_.size(); ++i) offer(i);
  }

  std::vector<std::int32_t> merged() {
    while (!candidates_.empty()) merge_all(candidates_.top().rank);
    std::vector<std::int32_t> tokens;
    for (std::size_t at = 0; at != kNone; at = symbols_[at].after) tokens.push_back(symbols_[at].token);
    return tokens;
  }

 private:
  static constexpr std::size_t kNone = std::string_view::npos;
  static constexpr std::int32_t kTaken = -1;  // part of the symbol before it

  struct Symbol {
    std::int32_t token;
    std::size_t before;
    std::size_t after;
  };
  /// A merge of the symbol at `at` with the next one. It may no longer be possible when its turn comes.
  struct Candidate {
    std::int32_t rank;
    std::size_t at;
    bool operator>(const Candidate& other) const {
      return std::pair(rank, at) > std::pair(other.rank, other.at);
    }
  };

  const Merge* merge_at(std::size_t at) const {
    const Symbol& symbol = symbols_[at];
    if (symbol.token == kTaken || symbol.after == kNone) return nullptr;
    return bpe_.find(symbol.token, symbols_[symbol.after].token);
  }
  void offer(std::size_t at) {
    if (const Merge* merge = merge_at(at)) candidates_.push({merge->rank, at});
  }

  /// Applies one merge throughout the word, from left to right. Merges that become possible come after all of
  /// these.
  void merge_all(std::int32_t rank) {
    std::vector<std::size_t> places;
    for (; !candidates_.empty() && candidates_.top().rank == rank; candidates_.pop()) {
      const std::size_t at = candidates_.top().at;
      const Merge* merge = merge_at(at);
      if (merge == nullptr || merge->rank != rank) continue;
      Symbol& symbol = symbols_[at];
      Symbol& next = symbols_[symbol.after];
      symbol.token = merge->token;
      symbol.after = next.after;
      next.token = kTaken;
      if (next.after != kNone) symbols_[next.after].before = at;
      places.push_back(at);
    }
    for (const std::size_t at : places) {
      if (symbols_[at].before != kNone) offer(symbols_[at].before);
      offer(at);
    }
  }

  const Bpe& bpe_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates_;
};

std::vector<std::int32_t> Bpe::encode(std::string_view word) const { return Word(*this, word).merged(); }

}  // namespace tise::text
