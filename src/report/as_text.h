#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tise/metrics/result.h"

namespace tise::report {

/// A number in a printf format.
std::string formatted(const char* format, double value);

/// Four decimals, more for small numbers, so that a FID of 0.0012 doesn't read as 0.
std::string shown(double value);

/// Two significant digits.
std::string shown_error(double error);

/// A p-value: four decimals, or `<0.0001`; `-` if it is unknown.
std::string shown_p(const std::optional<double>& p);

/// `4.9012 ± 0.31`, with a question mark if the error is unreliable; `-` instead of a missing value.
std::string with_error(const metrics::Result& result);

/// A difference and its error: `2.10 ± 0.31`. The error has two significant digits, and the difference the
/// same number of decimals.
std::string difference_with_error(double difference, double error);

using Row = std::vector<std::string>;

/// Aligns rows of equal length in columns two spaces apart, without trailing spaces.
std::string aligned(const std::vector<Row>& rows);

/// The reasons in order of first appearance, each with the metrics that have it.
using Reasons = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Adds a metric's reason, unless it is empty.
void add_reason(Reasons& reasons, const std::string& metric, const std::string& reason);

/// Escapes text for XML and HTML, between tags and in quotes. Drops control characters, which XML 1.0 doesn't
/// allow.
std::string escape_markup(std::string_view text);

}  // namespace tise::report
