#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records.h"

namespace tise::data {

/// How the rows of a text are cut into cells.
struct TableFormat {
  char separator = ',';  ///< `,`, `;`, `|`, a tab; 0: a row is one cell
  std::vector<std::string> columns;
};

struct Row {
  std::size_t line = 0;  ///< that it starts on
  std::vector<std::string> cells;
};

/// How a text with a header row is cut: by the separator that gives the most columns, one of them of these
/// names. Nothing if none does.
std::optional<TableFormat> find_table(const Source& source, const Names& values, std::string_view separators);

/// The rows of a text, as RFC 4180 has them, whatever the separator. Quoted cells may hold separators, line
/// ends and doubled quotes; lines end with LF or CRLF; empty lines are passed over; a quote inside an
/// unquoted cell stands for itself. Where tabs or nothing separate, quoted cells end on their
/// line, and a quote that isn't closed where its cell ends stands for itself: most such files quote nothing.
/// Throws InputError.
std::vector<Row> read_rows(const Source& source, char separator);

/// A row of columns, then a record a row. Cells of fields that are lists or objects are JSON; an empty cell
/// is an absent field, but for those of the values.
void read_table(const Source& source, const TableFormat& format, const Names& values, const TakeRecord& take);

}  // namespace tise::data
