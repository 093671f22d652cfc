#pragma once

#include <string>

#include "tise/report/report.h"

namespace tise::report {

/// The report as one self-contained HTML page: metrics with intervals and against the baseline,
/// distributions, recalls by class, shares by word, asked and detected numbers, the best and the worst
/// samples of each metric with thumbnails, captions and detections. `detections` may be empty. A picture that
/// can't be read any more is left out.
std::string report_page(const Report& report, const data::Dataset& dataset, const DetectionsOf& detections);

}  // namespace tise::report
