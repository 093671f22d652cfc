#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records.h"

namespace tise::data {

/// How the rows of a text are split into cells.
struct TableFormat {
  char separator = ',';  ///< `,`, `;`, `|`, a tab; 0: a row is one cell
  std::vector<std::string> columns;
};

struct Row {
  std::size_t line = 0;  ///< the line that it starts on
  std::vector<std::string> cells;
};

/// Detects how a text with a header row is split: by the separator that gives the most columns, at least one
/// of them named in `values`. Returns nullopt if no separator does.
std::optional<TableFormat> find_table(const Source& source, const Names& values, std::string_view separators);

/// The rows of a text as in RFC 4180, with any separator. Quoted cells may hold separators, line breaks and
/// doubled quotes; lines end with LF or CRLF; empty lines are skipped; a quote inside an unquoted cell is an
/// ordinary character. If the separator is a tab or 0, quoted cells must end on their line, and a quote that
/// is not closed at the end of its cell is an ordinary character, since most such files quote nothing.
/// Throws InputError.
std::vector<Row> read_rows(const Source& source, char separator);

/// Reads a header row, then one record per row. Cells of fields that are lists or objects are JSON. An empty
/// cell is an absent field, except for the fields in `values`.
void read_table(const Source& source, const TableFormat& format, const Names& values, const TakeRecord& take);

}  // namespace tise::data
