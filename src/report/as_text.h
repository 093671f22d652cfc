#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/result.h"

namespace tise::report {

/// A number in printf's format.
std::string formatted(const char* format, double value);

/// Four decimals, more for small numbers, so that a FID of 0.0012 doesn't read as 0.
std::string shown(double value);

/// Two digits.
std::string shown_error(double error);

/// A chance: four decimals, `<0.0001` below; `-` where there is none.
std::string shown_p(const std::optional<double>& p);

/// `4.9012 ± 0.31`, with a question mark where the error can't be relied on; `-` where there is no value.
std::string with_error(const metrics::Result& result);

/// A difference to as many decimals as its error has with two digits: `2.10 ± 0.31`.
std::string difference_with_error(double difference, double error);

using Row = std::vector<std::string>;

/// Rows of equally many cells as columns two spaces apart, each line ending after its last character.
std::string aligned(const std::vector<Row>& rows);

/// Text as XML and HTML take it between tags and in quotes; control characters, which XML 1.0 doesn't have,
/// are left out.
std::string escape_markup(std::string_view text);

}  // namespace tise::report
