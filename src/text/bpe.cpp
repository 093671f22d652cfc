// Byte pair encoding as in openai/CLIP's simple_tokenizer.py: bytes are symbols, the last one of a word a
// symbol of its own (`</w>` in the merges file); while any two neighbours have a merge, the one that comes
// first in the file is applied throughout the word, from left to right.
//
// In the file a byte is shown as a printable character: itself where Latin-1 has one, else U+0100 and up in
// the order of the bytes. Ids of bytes follow the same two groups.

#include "bpe.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "unicode.h"

namespace tise::text {
namespace {

constexpr std::size_t kMostMerges = 49152 - 256 - 2;  // what CLIP uses of OpenAI's file
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
  if (!is_pair) reject(number, "a merge is two symbols with a space between them");
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

}  // namespace

Bpe::Bpe(std::string_view merges) {
  if (take_line(merges).find("#version") == std::string_view::npos) reject(1, "no #version");
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
    tokens[left + right] = size_++;  // of two merges that give the same symbol, the later one names it
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

std::vector<std::int32_t> Bpe::encode(std::string_view word) const {
  std::vector<std::int32_t> tokens;
  for (const char byte : word) tokens.push_back(byte_symbols()[static_cast<unsigned char>(byte)].id);
  tokens.back() += kBytes;
  for (;;) {
    const Merge* best = nullptr;
    std::uint64_t best_pair = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const Merge* merge = find(tokens[i], tokens[i + 1]);
      if (merge == nullptr || (best != nullptr && merge->rank >= best->rank)) continue;
      best = merge;
      best_pair = key(tokens[i], tokens[i + 1]);
    }
    if (best == nullptr) return tokens;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i, ++kept) {
      const bool is_pair = i + 1 < tokens.size() && key(tokens[i], tokens[i + 1]) == best_pair;
      tokens[kept] = is_pair ? best->token : tokens[i];
      if (is_pair) ++i;
    }
    tokens.resize(kept);
  }
}

}  // namespace tise::text
