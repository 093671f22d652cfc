#include "csv.h"

#include <algorithm>
#include <string_view>

namespace tise::data {
namespace {

class Reader {
 public:
  explicit Reader(const Source& source) : source_(source), text_(source.text) {}

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

}  // namespace

std::vector<Record> read_records(const Source& source) { return Reader(source).read(); }

}  // namespace tise::data
