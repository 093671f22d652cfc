#pragma once

#include <string>
#include <vector>

#include "tise/data/source.h"

namespace tise::data {

/// A record of a CSV file and the line it starts on.
struct Record {
  std::size_t line = 0;
  std::vector<std::string> cells;
};

/// RFC 4180: quoted cells may hold commas, line ends and doubled quotes; lines end with LF or CRLF. Empty
/// lines are passed over; a quote inside an unquoted cell stands for itself. Throws InputError.
std::vector<Record> read_records(const Source& source);

}  // namespace tise::data
