#include "aligned.h"

#include <algorithm>
#include <cstddef>

#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::report {
std::string aligned(const std::vector<Row>& given) {
  std::vector<Row> rows = given;
  for (Row& row : rows) std::ranges::transform(row, row.begin(), printable_line);
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], character_count(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - character_count(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace tise::report
