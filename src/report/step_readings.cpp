// Which step a path names. People write steps in many ways, and a wrong reading would silently put a
// checkpoint in the wrong place. So numbers are read in full (`10k`, `1.5M`, `1e6`, `10,000`), and an
// ambiguous path has several readings.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/report/history.h"

namespace tise::report {
namespace {

using Readings = std::vector<std::int64_t>;

/// Words that may stand next to a step, the surest first.
constexpr std::array<std::string_view, 6> kStepWords{"step", "iter", "kimg", "epoch", "checkpoint", "ckpt"};
constexpr double kLargestStep = 9e15;       // doubles are exact up to here
constexpr std::size_t kGroup = 3;           // digits between separators of thousands
constexpr std::size_t kLettersBetween = 5;  // between a word and its number: `iterations`
constexpr std::size_t kMarksBetween = 3;    // the same: `step - 100`

/// A number in a name and its possible values: none if it isn't whole, several if it is ambiguous.
struct StepNumber {
  std::size_t begin = 0;
  std::size_t end = 0;
  Readings readings;
};

bool is_digit_at(std::string_view text, std::size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

bool is_letter_at(std::string_view text, std::size_t i) {
  return i < text.size() && lower_case(text[i]) >= 'a' && lower_case(text[i]) <= 'z';
}

bool is_mark_at(std::string_view text, std::size_t i) {
  return i < text.size() && !is_digit_at(text, i) && !is_letter_at(text, i);
}

bool is_word_at(std::string_view text, std::size_t i, std::string_view word) {
  return i <= text.size() && same_ignoring_case(text.substr(i, word.size()), word);
}

bool is_step_word_at(std::string_view text, std::size_t i) {
  return std::ranges::any_of(kStepWords, [&](std::string_view word) { return is_word_at(text, i, word); });
}

std::size_t end_of_digits(std::string_view text, std::size_t i) {
  while (is_digit_at(text, i)) ++i;
  return i;
}

/// Adds a number such as `10` or `1.5e6`, unless it isn't whole or is too large.
void add_reading(Readings& readings, const std::string& number) {
  double value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc() || value > kLargestStep || value != std::floor(value)) return;
  const auto step = static_cast<std::int64_t>(value);
  if (std::ranges::find(readings, step) == readings.end()) readings.push_back(step);
}

/// `k`, `M`, `B` or `e6` after a number, followed by a word for steps, a mark or the end.
struct PowerOfTen {
  std::string exponent;
  std::size_t length = 0;
};

std::optional<PowerOfTen> power_at(std::string_view text, std::size_t i) {
  if (!is_letter_at(text, i) || is_step_word_at(text, i)) return std::nullopt;
  const auto ends = [&](std::size_t end) {
    return end >= text.size() || is_mark_at(text, end) || is_step_word_at(text, end);
  };
  const char letter = lower_case(text[i]);
  if (letter == 'k' && ends(i + 1)) return PowerOfTen{"3", 1};
  if (letter == 'm' && ends(i + 1)) return PowerOfTen{"6", 1};
  if (text[i] == 'B' && ends(i + 1)) return PowerOfTen{"9", 1};
  if (letter != 'e') return std::nullopt;
  const bool is_signed = i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-');
  const std::size_t begin = i + (is_signed ? 2 : 1);
  const std::size_t end = end_of_digits(text, begin);
  if (end == begin || !ends(end)) return std::nullopt;
  const std::string sign = is_signed && text[i + 1] == '-' ? "-" : "";
  return PowerOfTen{sign + std::string(text.substr(begin, end - begin)), end - i};
}

/// The groups of digits from `begin` on with this separator between them: two for `10,000`.
std::vector<std::string> groups_at(std::string_view text, std::size_t begin, char separator) {
  std::vector<std::string> groups;
  for (std::size_t i = begin;; ++i) {
    const std::size_t end = end_of_digits(text, i);
    groups.emplace_back(text.substr(i, end - i));
    i = end;
    if (i >= text.size() || text[i] != separator || !is_digit_at(text, i + 1)) return groups;
  }
}

/// Whether these may be groups of thousands.
bool is_thousands(const std::vector<std::string>& groups) {
  const std::string& first = groups.front();
  return groups.size() > 1 && first.size() <= kGroup && first.front() != '0' &&
         std::all_of(groups.begin() + 1, groups.end(),
                     [](const std::string& group) { return group.size() == kGroup; });
}

StepNumber number_at(std::string_view text, std::size_t begin) {
  StepNumber number{begin, end_of_digits(text, begin), {}};
  const char mark = number.end < text.size() ? text[number.end] : '\0';
  std::vector<std::string> groups = groups_at(text, begin, mark);
  const bool is_grouped = (mark == ',' || mark == '.' || mark == '_') && is_thousands(groups);
  const bool goes_on = groups.size() > 1 && (mark == ',' || mark == '.');
  if (!goes_on && !is_grouped) groups.resize(1);
  number.end = begin + joined(groups, "/").size();
  const auto power = power_at(text, number.end);
  if (power) number.end += power->length;
  const std::string exponent = power ? "e" + power->exponent : "";
  if (groups.size() == 1 || (groups.size() == 2 && mark == '.' && power)) {
    add_reading(number.readings, joined(groups, ".") + exponent);
    return number;
  }
  for (const std::string& group : groups) {
    if (is_grouped && (mark == ',' || &group != &groups.front())) continue;
    add_reading(number.readings, group);
  }
  if (is_grouped) add_reading(number.readings, joined(groups, "") + exponent);
  return number;
}

/// The numbers of a name. Digits within letters, as in `3fa9c2` and `1000x512`, have several readings.
std::vector<StepNumber> numbers_in(std::string_view name) {
  std::vector<StepNumber> numbers;
  bool touches = false;  // whether only letters lie between here and the number before
  for (std::size_t i = 0; i < name.size();) {
    if (!is_digit_at(name, i)) {
      touches = touches && is_letter_at(name, i) && !is_step_word_at(name, i);
      ++i;
      continue;
    }
    StepNumber number = number_at(name, i);
    i = number.end;
    if (touches) {
      for (const std::int64_t reading : number.readings)
        add_reading(numbers.back().readings, concat(reading));
    } else {
      numbers.push_back(std::move(number));
    }
    touches = true;
  }
  return numbers;
}

/// Whether a number stands after this word: `step_1000`, `iterations: 40`.
bool is_after(std::string_view name, const StepNumber& number, std::string_view word) {
  std::size_t i = number.begin;
  for (std::size_t n = 0; n < kMarksBetween && i > 0 && is_mark_at(name, i - 1); ++n) --i;
  for (std::size_t n = 0; n <= kLettersBetween && i >= word.size(); ++n, --i) {
    if (is_word_at(name, i - word.size(), word)) return true;
    if (!is_letter_at(name, i - 1)) return false;
  }
  return false;
}

/// Whether a number stands before this word: `10k_steps`, `200kimg`.
bool is_before(std::string_view name, const StepNumber& number, std::string_view word) {
  return is_word_at(name, number.end, word) ||
         (is_mark_at(name, number.end) && is_word_at(name, number.end + 1, word));
}

/// A part of a path, and the numbers in it.
struct NameInPath {
  std::string_view text;
  std::vector<StepNumber> numbers;

  /// Whether it is just a number.
  bool is_number() const {
    return numbers.size() == 1 && numbers.front().begin == 0 && numbers.front().end == text.size();
  }
};

std::vector<NameInPath> names_in(std::string_view path) {
  if (path.ends_with(".json")) path.remove_suffix(5);
  std::vector<NameInPath> names;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    names.push_back({name, numbers_in(name)});
    begin = end + 1;
  }
  return names;
}

/// The last number in a path that stands next to a word for steps, the surest word first.
const StepNumber* number_by_word(const std::vector<NameInPath>& names) {
  for (const auto stands : {&is_after, &is_before}) {
    for (const std::string_view word : kStepWords) {
      const StepNumber* last = nullptr;
      for (const NameInPath& name : names) {
        for (const StepNumber& number : name.numbers) {
          if (stands(name.text, number, word)) last = &number;
        }
      }
      if (last != nullptr) return last;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<std::int64_t> step_readings(const std::string& path) {
  const std::vector<NameInPath> names = names_in(path);
  if (const StepNumber* number = number_by_word(names)) return number->readings;
  const bool is_any_whole = std::ranges::any_of(names, &NameInPath::is_number);
  Readings all;
  for (const NameInPath& name : names) {
    if (is_any_whole && !name.is_number()) continue;
    for (const StepNumber& number : name.numbers) {
      for (const std::int64_t reading : number.readings) add_reading(all, concat(reading));
    }
  }
  return all;
}

}  // namespace tise::report
