#include <algorithm>
#include <set>
#include <string_view>

#include "records.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

/// A record of a CSV file and the line it starts on.
struct Record {
  std::size_t line = 0;
  std::vector<std::string> cells;
};

/// RFC 4180: quoted cells may hold commas, line ends and doubled quotes; lines end with LF or CRLF. Empty
/// lines are passed over; a quote inside an unquoted cell stands for itself. Throws InputError.
class CsvReader {
 public:
  explicit CsvReader(const Source& source) : source_(source), text_(source.text) {}

  std::vector<Record> read() {
    std::vector<Record> records;
    while (at_ < text_.size()) {
      Record record{.line = line_, .cells = {}};
      do record.cells.push_back(cell());
      while (take(','));
      end_of_line(record);
      const bool empty_line = record.cells.size() == 1 && record.cells[0].empty();
      if (!empty_line) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  bool take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  std::string cell() {
    if (take('"')) return quoted_cell();
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  std::string quoted_cell() {
    const std::size_t opened = line_;
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"' && !take('"')) return value;
      if (c == '\n') ++line_;
      value += c;
    }
    fail(source_, "line " + std::to_string(opened), "a quote is opened and never closed");
  }

  void end_of_line(const Record& record) {
    if (at_ >= text_.size()) return;
    take('\r');
    if (!take('\n') && text_[at_ - 1] != '\r') {
      fail(source_, "line " + std::to_string(record.line), "text follows a closing quote (double it: \"\")");
    }
    ++line_;
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// Whether a cell of this column is a list or an object, written as JSON.
bool holds_json(const std::string& column) {
  return is_one_of(column, kReferencesNames) || is_one_of(column, kCountsNames) ||
         is_one_of(column, kObjectsNames) || is_one_of(column, kDistractorsNames) ||
         is_one_of(column, kMetricsNames);
}

void check_header(const Source& source, const Record& header, FieldNames beside) {
  const auto has = [&](FieldNames names) {
    return std::ranges::any_of(header.cells, [&](const std::string& cell) { return is_one_of(cell, names); });
  };
  if (!has(kImageNames) || !has(beside)) {
    fail(source, "neither JSON nor CSV with a header row that has an image (" + choice_of(kImageNames) +
                     ") and a " + std::string(beside.front()) + " (" + choice_of(beside) +
                     "); it starts with " + excerpt(source.text, 30));
  }
  std::set<std::string> seen;
  for (const std::string& name : header.cells) {
    if (!seen.insert(name).second) fail(source, "column " + excerpt(name, 40) + " comes twice");
  }
}

nlohmann::json value_of(const Source& source, const std::string& where, const std::string& column,
                        const std::string& cell, FieldNames beside) {
  if (cell.empty() && !is_one_of(column, beside)) return nullptr;
  if (!holds_json(column)) return cell;
  const Parsed parsed = try_parse_json(source, cell);
  if (!parsed.document) {
    fail(source, where, "\"" + column + "\" must be JSON within its cell, is " + excerpt(cell, 40));
  }
  return parsed.document->root;
}

}  // namespace

void read_csv(const Source& source, FieldNames beside, const TakeRecord& take) {
  const std::vector<Record> records = CsvReader(source).read();
  if (records.empty()) fail(source, "has no " + std::string(beside.front()) + "s");
  const std::vector<std::string>& columns = records.front().cells;
  check_header(source, records.front(), beside);
  for (std::size_t r = 1; r < records.size(); ++r) {
    const std::vector<std::string>& cells = records[r].cells;
    const std::string where = "line " + std::to_string(records[r].line);
    if (cells.size() != columns.size()) {
      fail(source, where,
           counted(cells.size(), "cell") + " where the header has " + std::to_string(columns.size()) +
               " (a " + std::string(beside.front()) + " with commas needs quotes)");
    }
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t c = 0; c < cells.size(); ++c) {
      object[columns[c]] = value_of(source, where, columns[c], cells[c], beside);
    }
    take(where, object);
  }
}

}  // namespace tise::data
