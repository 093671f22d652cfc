#include <algorithm>
#include <set>

#include "csv.h"
#include "fields.h"
#include "formats.h"
#include "item.h"
#include "tise/base/names.h"
#include "tise/data/utf8.h"

namespace tise::data {
namespace {

bool is_one_of(const std::string& name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a cell of this column is a list or an object, written as JSON.
bool holds_json(const std::string& column) {
  return is_one_of(column, kReferencesNames) || is_one_of(column, kCountsNames) ||
         is_one_of(column, kObjectsNames) || is_one_of(column, kDistractorsNames) ||
         is_one_of(column, kMetricsNames);
}

void check_header(const Source& source, const Record& header, Names beside) {
  const auto has = [&](Names names) {
    return std::any_of(header.cells.begin(), header.cells.end(),
                       [&](const std::string& cell) { return is_one_of(cell, names); });
  };
  if (!has(kImageNames) || !has(beside)) {
    fail(source, "neither JSON nor CSV with a header row that has an image (" + listed(kImageNames) +
                     ") and a " + std::string(beside.front()) + " (" + listed(beside) + "); it starts with " +
                     excerpt(source.text, 30));
  }
  std::set<std::string> seen;
  for (const std::string& name : header.cells) {
    if (!seen.insert(name).second) fail(source, "column " + excerpt(name, 40) + " comes twice");
  }
}

nlohmann::json value_of(const Source& source, const std::string& where, const std::string& column,
                        const std::string& cell, Names beside) {
  if (cell.empty() && !is_one_of(column, beside)) return nullptr;
  if (!holds_json(column)) return cell;
  const Parsed parsed = try_parse_json(source, cell);
  if (!parsed.document) {
    fail(source, where, "\"" + column + "\" must be JSON within its cell, is " + excerpt(cell, 40));
  }
  return parsed.document->root;
}

}  // namespace

void read_csv(const Source& source, Names beside, const TakeRecord& take) {
  const std::vector<Record> records = read_records(source);
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
