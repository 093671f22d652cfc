// Mojibake: UTF-8 whose bytes were shown as Windows-1252 or Latin-1, so that `é` became `Ã©`.
//
// A *sequence* is two to four characters whose Windows-1252 bytes are the UTF-8 of one character; a *run* is
// one or more adjacent sequences. Well-formed text contains sequences, too (`CAFÉ”` has É and ”, the bytes of
// ɔ). So text is decoded only if it contains a *telling* sequence, one that nobody would have written: a
// currency sign within a word, or an accented capital between a small letter and an opening quote. If the
// text consists of sequences and ASCII only, one telling sequence is enough for all of it. Otherwise each run
// needs a telling sequence of its own, judged without its surroundings: those weren't misread, or not in the
// same way.
//
// If a continuation byte was lost on the way and replaced by U+FFFD, the whole sequence becomes U+FFFD. Byte
// A0, a no-break space, may have become a plain space: `voilÃ  la` was `voilà la`.

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "repairs.h"
#include "unicode.h"

namespace tise::text {
namespace {

struct Sequence {
  std::size_t begin = 0;
  std::size_t length = 0;
  char32_t character = 0;

  std::size_t end() const { return begin + length; }
};

constexpr char32_t kLost = 0xFFFD;

std::size_t sequence_length(std::uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_well_formed(char32_t c, std::size_t length) {
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  return c >= kSmallest[length] && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

bool is_one_of(std::u32string_view set, char32_t c) { return set.find(c) != set.npos; }

bool is_opening(char32_t c) { return is_one_of(U"‘“‚„«‹¡¿©•", c); }

bool is_closing(char32_t c) { return is_one_of(U"”»›®™", c); }

bool is_currency(char32_t c) { return is_one_of(U"¢£¥€", c); }

// What may follow an accented letter in text that wasn't misread: marks, dashes, letters.
bool may_follow_a_letter(char32_t c) {
  return is_opening(c) || is_closing(c) || is_currency(c) || is_one_of(U"’–—…\u00A0·´¹²³ŠŽšžŸ", c);
}

bool is_regex_word_character(char32_t c) { return c == U'_' || is_letter(c) || is_number(c); }

// Like is_telling, for the two characters of a sequence and the one before it (0 at the beginning).
bool is_telling_pair(char32_t lead, char32_t second, char32_t before) {
  const bool is_raised = is_one_of(U"¹²³", second);
  if (lead == U'×') return is_opening(second) || is_raised;
  if (!is_upper_case(lead)) return false;
  if (is_raised) return true;
  // The lead bytes of the most common characters: Latin-1's letters and signs, Greek, Cyrillic.
  if (is_one_of(U"ÂÃÎÐ", lead) && !is_one_of(U"…’¥Ž", second)) return true;
  if (is_currency(second)) return is_lower_case(before) || is_space(before);
  return is_opening(second) && is_lower_case(before);
}

// For a letter whose second byte became a space: whether it stands where such a word can't, at the beginning
// or after a small letter.
bool is_telling_before_a_space(std::u32string_view before) {
  if (!before.empty() && is_space(before.back())) before.remove_suffix(1);
  return before.empty() || (before.back() >= 'a' && before.back() <= 'z');
}

// Whether nobody would have written this sequence in this text.
bool is_telling(std::u32string_view text, const Sequence& sequence) {
  const std::u32string_view shown = text.substr(sequence.begin, sequence.length);
  const char32_t lead = shown.front();
  const std::u32string_view rest = shown.substr(1);
  if (rest.empty() || rest.front() == U' ') return is_telling_before_a_space(text.substr(0, sequence.begin));
  if (shown.size() == 4 || (lead == U'â' && is_one_of(U"€‚", rest.front()))) return true;
  if (!std::all_of(rest.begin(), rest.end(), may_follow_a_letter)) return true;
  const bool is_within_a_word = sequence.end() < text.size() && is_regex_word_character(text[sequence.end()]);
  if (is_within_a_word && (is_opening(rest.back()) || is_closing(rest.back()))) return true;
  const char32_t before = sequence.begin > 0 ? text[sequence.begin - 1] : U'\0';
  return shown.size() == 2 && is_telling_pair(lead, rest.front(), before);
}

// The sequence at `begin`, if there is one.
std::optional<Sequence> sequence_at(std::u32string_view text, std::size_t begin) {
  const std::optional<std::uint8_t> lead = to_windows_1252(text[begin]);
  const std::size_t length = lead ? sequence_length(*lead) : 0;
  if (length == 0 || begin + length > text.size()) return std::nullopt;
  char32_t c = *lead & (0x7FU >> length);
  bool is_lost = false;
  for (std::size_t i = begin + 1; i < begin + length; ++i) {
    const std::optional<std::uint8_t> byte = to_windows_1252(text[i]);
    is_lost = is_lost || text[i] == kLost;
    if (text[i] != kLost && (!byte || (*byte & 0xC0) != 0x80)) return std::nullopt;
    c = (c << 6) | (byte.value_or(0) & 0x3FU);
  }
  if (!is_lost && !is_well_formed(c, length)) return std::nullopt;
  return Sequence{begin, length, is_lost ? kLost : c};
}

// `Ã ` or `Â ` at `begin`, whose space was byte A0. The space is kept if `à` is a word of its own, as it
// usually is: then byte A0 and the space after it had become one.
std::optional<Sequence> spaced_sequence_at(std::u32string_view text, std::size_t begin) {
  const std::u32string_view rest = text.substr(begin + 1);
  if (!rest.starts_with(U' ')) return std::nullopt;
  if (text[begin] == U'Â') return Sequence{begin, 2, U'\u00A0'};
  if (text[begin] != U'Ã') return std::nullopt;
  // Portuguese contracts `à` with some words.
  constexpr std::array<std::u32string_view, 5> kGoOn = {U"  ", U" quele", U" quela", U" quilo", U" s "};
  const bool goes_on = std::any_of(kGoOn.begin(), kGoOn.end(),
                                   [&](std::u32string_view word) { return rest.starts_with(word); });
  return Sequence{begin, goes_on ? std::size_t{2} : std::size_t{1}, U'à'};
}

std::vector<Sequence> find_sequences(std::u32string_view text) {
  std::vector<Sequence> sequences;
  for (std::size_t i = 0; i < text.size();) {
    std::optional<Sequence> sequence = text[i] >= 0x80 ? sequence_at(text, i) : std::nullopt;
    if (!sequence) sequence = spaced_sequence_at(text, i);
    if (sequence) sequences.push_back(*sequence);
    i = sequence ? sequence->end() : i + 1;
  }
  return sequences;
}

// Whether everything outside the sequences is ASCII.
bool cover_all(const std::vector<Sequence>& sequences, std::u32string_view text) {
  std::size_t done = 0;
  for (const Sequence& sequence : sequences) {
    if (!is_ascii(text.substr(done, sequence.begin - done))) return false;
    done = sequence.end();
  }
  return is_ascii(text.substr(done));
}

bool is_any_telling(std::u32string_view text, std::span<const Sequence> sequences) {
  return std::any_of(sequences.begin(), sequences.end(),
                     [&](const Sequence& s) { return is_telling(text, s); });
}

// The sequences of all runs that contain a telling sequence.
std::vector<Sequence> telling_runs(std::u32string_view text, const std::vector<Sequence>& sequences) {
  std::vector<Sequence> kept;
  for (std::size_t first = 0, last = 0; first < sequences.size(); first = last) {
    const std::size_t begin = sequences[first].begin;
    std::vector<Sequence> run;
    do {
      run.push_back(sequences[last]);
      run.back().begin -= begin;
      ++last;
    } while (last < sequences.size() && sequences[last].begin == sequences[last - 1].end());
    const std::u32string_view shown = text.substr(begin, sequences[last - 1].end() - begin);
    if (is_any_telling(shown, run)) {
      kept.insert(kept.end(), sequences.begin() + static_cast<std::ptrdiff_t>(first),
                  sequences.begin() + static_cast<std::ptrdiff_t>(last));
    }
  }
  return kept;
}

std::u32string decode(std::u32string_view text, const std::vector<Sequence>& sequences) {
  std::u32string result;
  std::size_t done = 0;
  for (const Sequence& sequence : sequences) {
    result.append(text.substr(done, sequence.begin - done));
    result.push_back(sequence.character);
    done = sequence.end();
  }
  result.append(text.substr(done));
  return result;
}

}  // namespace

std::u32string fix_mojibake(std::u32string_view text, int& rounds) {
  std::u32string result(text);
  for (; rounds > 0; --rounds) {
    std::vector<Sequence> sequences = find_sequences(result);
    if (!is_any_telling(result, sequences)) return result;
    if (!cover_all(sequences, result)) sequences = telling_runs(result, sequences);
    if (sequences.empty()) return result;
    result = decode(result, sequences);
  }
  return result;
}

}  // namespace tise::text
