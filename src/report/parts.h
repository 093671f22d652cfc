#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tise/report/compare.h"
#include "tise/report/report.h"

namespace tise::report {

/// Name, version and commit of this build.
nlohmann::ordered_json tool_json();

/// A number as JSON, or null if it is missing; and the reverse, nullopt for anything but a number.
nlohmann::ordered_json or_null(const std::optional<double>& value);
std::optional<double> number_or_null(const nlohmann::json& value);

/// The "ci95" of a metric in a report; nullopt if it is missing or malformed.
std::optional<std::array<double, 2>> interval_in(const nlohmann::json& metric);

/// A metric's value or the reason why it is null, its error and, if that is unreliable, why.
nlohmann::ordered_json value_json(const metrics::Result& result);

nlohmann::ordered_json detections_json(const std::vector<Detection>& detections);

/// The number of samples of a run: its pairs, or its images in a run without captions.
std::size_t sample_count(const data::Dataset& dataset);
SampleLine sample_line(const data::Dataset& dataset, std::size_t index);

/// Id, image and, if the line has them, caption and cluster.
nlohmann::ordered_json line_json(const SampleLine& line);

/// The HTML page (sources in page/) filled with a title and data. `kind` is `report`, `leaderboard` or
/// `history`.
std::string filled_page(const std::string& kind, const std::string& title,
                        const nlohmann::ordered_json& data);

}  // namespace tise::report
