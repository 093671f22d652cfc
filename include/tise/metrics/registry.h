#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

/// What a metric needs to be computed.
struct Needs {
  bool captions = false;
  bool references = false;
  bool opposites = false;     ///< of captions: the positional word and the caption with its opposite
  bool objects = false;       ///< of captions: classes and their numbers, by the detector's labels
  bool real = false;          ///< features of real images
  bool real_objects = false;  ///< features of objects in real images
  // column groups
  bool clip = false;
  bool inception = false;
  bool fid = false;
  bool detections = false;
  bool crops = false;
  bool counts = false;  ///< a counter's, or else the detections

  Needs& operator|=(const Needs& other);
};

/// A metric describes itself.
struct Metric {
  std::string_view key;  ///< as in the report
  bool higher_is_better = true;
  Needs needs = {};
  Result (*compute)(const Samples&, const Reference*, const Settings&);
};

/// Every metric, in the order of the report. To add one: write its file, declare it in its header, add its
/// line here, add its test.
std::span<const Metric> registry();

/// By key as the report spells it, case ignored; nullptr where there is none.
const Metric* find_metric(std::string_view key);

/// All keys, for messages: `CLIP-S, RefCLIP-S, …`.
std::string metric_keys();

}  // namespace tise::metrics
