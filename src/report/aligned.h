#pragma once

#include <string>
#include <vector>

namespace tise::report {

using Row = std::vector<std::string>;

/// Rows of equally many cells as columns two spaces apart, each line ending after its last character.
std::string aligned(const std::vector<Row>& rows);

}  // namespace tise::report
