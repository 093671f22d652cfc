// A text with one caption per line: T2I-CompBench's lists, LlamaGen's and GigaGAN's captions.txt.

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "../forms.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(take_line(text));
  while (!lines.empty() && lines.back().find_first_not_of(" \t") == std::string_view::npos) lines.pop_back();
  return lines;
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

bool is_cut_into_words(std::string_view line, char separator) {
  while (!line.empty()) {
    const std::string_view cell = line.substr(0, line.find(separator));
    if (!is_word(cell)) return false;
    line.remove_prefix(std::min(cell.size() + 1, line.size()));
  }
  return true;
}

/// Whether all rows of a text, split like a table, have this many cells.
bool are_rows(const Source& source, char separator, std::size_t cells) {
  try {
    return std::ranges::all_of(read_rows(source, separator),
                               [&](const Row& row) { return row.cells.size() == cells; });
  } catch (const InputError&) {  // quotes that are not closed as in a table
    return false;
  }
}

/// Whether the first line has a tab, or is split into words like the names of columns and the other lines
/// into as many cells.
bool looks_like_a_table(const Source& source, std::string_view header) {
  if (header.find('\t') != std::string_view::npos) return true;
  return std::ranges::any_of(std::string_view(",;|"), [&](char separator) {
    const auto cuts = static_cast<std::size_t>(std::ranges::count(header, separator));
    return cuts > 0 && is_cut_into_words(header, separator) && are_rows(source, separator, cuts + 1);
  });
}

bool is_quoted(std::string_view line) {
  return line.size() > 1 && line.front() == '"' && line.find('"', 1) == line.size() - 1;
}

bool is_markup(std::string_view text) {
  return std::ranges::any_of(std::array{"<!", "<?xml", "<html", "<HTML"},
                             [&](const char* start) { return text.starts_with(start); });
}

bool is_text(const Content& content) {
  return content.is_of_captions() && !is_markup(content.source().text) &&
         std::ranges::none_of(content.source().text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
         });
}

[[noreturn]] void refuse(const Content& content, const std::string& why) {
  fail(content.source(), why + "; to read each line as a caption anyway, pass --captions-format lines");
}

bool are_lines(const Content& content) {
  if (!is_text(content)) return false;
  const std::vector<std::string_view> lines = lines_of(content.source().text);
  if (looks_like_a_table(content.source(), lines.front())) {
    refuse(content, concat("looks like a table, but its first line names no caption column (",
                           choice_of(kCaptionNames.all), "): ", excerpt(lines.front(), 60)));
  }
  if (std::ranges::all_of(lines, is_quoted)) {
    refuse(content, "each line is in quotes; if this is a CSV, add a first line `caption`");
  }
  return true;
}

/// Ignores blank lines at the end. Any other blank line is refused: whether it is an empty caption or none
/// decides which images all later captions have.
void read_lines(const Content& content, const TakeRecord& take) {
  std::size_t number = 0;
  for (const std::string_view line : lines_of(content.source().text)) {
    const std::string where = concat("line ", ++number);
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      fail(content.source(), where, "is empty; remove it, or write empty captions as \"\" in a CSV");
    }
    take(where, {{content.value_name(), line}});
  }
}

}  // namespace

constinit const Form kLines{.name = "lines",
                            .title = "text",
                            .what = "one caption per line",
                            .fits = &are_lines,
                            .read = &read_lines};

}  // namespace tise::data
