#include "table.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

constexpr char kTab = '\t';

class RowReader {
 public:
  RowReader(const Source& source, char separator)
      : source_(source),
        text_(source.text),
        separator_(separator),
        is_strict_(separator != kTab && separator != 0),
        ends_(separator == 0 ? "\r\n" : std::string{separator, '\r', '\n'}) {}

  /// Reads all rows, or the first `most`.
  std::vector<Row> read(std::size_t most = std::string_view::npos) {
    std::vector<Row> rows;
    while (at_ < text_.size() && rows.size() < most) {
      Row row{.line = line_, .cells = {}};
      do row.cells.push_back(cell());
      while (separator_ != 0 && take(separator_));
      end_of_line(row);
      const bool empty_line = row.cells.size() == 1 && row.cells[0].empty();
      if (!empty_line) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool is_at_end_of_cell() const {
    return at_ >= text_.size() || ends_.find(text_[at_]) != std::string::npos;
  }

  std::string cell() {
    if (at_ < text_.size() && text_[at_] == '"') {
      if (auto quoted = quoted_cell()) return *quoted;
    }
    const std::size_t end = std::min(text_.find_first_of(ends_, at_), text_.size());
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  /// Returns nullopt if the quote is an ordinary character.
  std::optional<std::string> quoted_cell() {
    const std::size_t start = at_;
    const std::size_t opened = line_;
    std::string value;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '"' && !take('"')) {
        if (is_at_end_of_cell() || is_strict_) return value;
        at_ = start;
        return std::nullopt;
      }
      if (c == '\n') ++line_;
      if (c == '\n' && !is_strict_) break;
      value += c;
    }
    fail(source_, concat("line ", opened),
         is_strict_ ? "a quote is never closed" : "a quote is not closed on its line");
  }

  void end_of_line(const Row& row) {
    if (at_ >= text_.size()) return;
    const bool has_return = take('\r');
    if (!take('\n') && !has_return) {
      fail(source_, concat("line ", row.line),
           "text follows a closing quote; write a quote inside a cell as \"\"");
    }
    ++line_;
  }

  const Source& source_;
  std::string_view text_;
  char separator_;
  bool is_strict_;    ///< a quote at a cell's start always quotes the cell
  std::string ends_;  ///< characters that end a cell
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// Whether a cell of this column is a list or an object, written as JSON.
bool holds_json(const std::string& column) {
  return is_one_of(column, kReferencesNames) || is_one_of(column, kCountsNames) ||
         is_one_of(column, kObjectsNames) || is_one_of(column, kDistractorsNames) ||
         is_one_of(column, kMetricsNames);
}

nlohmann::json value_of(const Source& source, const std::string& where, const std::string& column,
                        const std::string& cell, const Names& values) {
  if (cell.empty() && !values.has(column)) return nullptr;
  if (!holds_json(column)) return cell;
  const Parsed parsed = try_parse_json(source, cell);
  if (!parsed.document) {
    fail(source, where, "\"" + column + "\" must be JSON in its cell, is " + excerpt(cell, 40));
  }
  return parsed.document->root;
}

}  // namespace

std::optional<TableFormat> find_table(const Source& source, const Names& values,
                                      std::string_view separators) {
  std::optional<TableFormat> found;
  for (const char separator : separators) {
    try {
      const std::vector<Row> header = RowReader(source, separator).read(1);
      if (header.empty()) continue;
      std::vector<std::string> columns;
      for (const std::string& cell : header[0].cells) columns.emplace_back(trimmed(cell));
      const std::set<std::string> distinct(columns.begin(), columns.end());
      if (distinct.size() < columns.size()) columns = header[0].cells;
      const bool names_values =
          std::ranges::any_of(columns, [&](const std::string& column) { return values.has(column); });
      if (names_values && (!found || columns.size() > found->columns.size())) found = {separator, columns};
    } catch (const InputError&) {  // a quote that is not closed with this separator
    }
  }
  if (found && found->columns.size() == 1) found->separator = 0;
  return found;
}

std::vector<Row> read_rows(const Source& source, char separator) {
  return RowReader(source, separator).read();
}

void read_table(const Source& source, const TableFormat& format, const Names& values,
                const TakeRecord& take) {
  const std::vector<Row> rows = read_rows(source, format.separator);
  const std::vector<std::string>& columns = format.columns;
  std::set<std::string> seen;
  for (const std::string& name : columns) {
    if (!seen.insert(name).second) fail(source, "duplicate column " + excerpt(name, 40));
  }
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::vector<std::string>& cells = rows[r].cells;
    const std::string where = concat("line ", rows[r].line);
    if (cells.size() != columns.size()) {
      const std::string hint =
          format.separator == ',' ? concat(" (put a ", values.all.front(), " with commas in quotes)") : "";
      fail(source, where,
           concat(counted(cells.size(), "cell"), ", but the header has ", columns.size(), hint));
    }
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t c = 0; c < cells.size(); ++c) {
      object[columns[c]] = value_of(source, where, columns[c], cells[c], values);
    }
    take(where, object);
  }
}

}  // namespace tise::data
