#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/moments.h"
#include "tise/metrics/range.h"
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
  std::string_view key;      ///< as in the report
  std::string_view summary;  ///< what it is, in a line
  bool higher_is_better = true;
  Range range = {};
  Needs needs = {};
  /// The value and each sample's influence on it.
  Result (*score)(const Samples&, const Reference*, const Settings&);

  /// The value with its standard error and interval.
  Result compute(const Samples& samples, const Reference* real, const Settings& settings) const;
};

/// Every metric, in the order of the report. To add one: write its file, declare it in its header, add its
/// line here, add its test.
std::span<const Metric> registry();

/// By key as the report spells it, case ignored; nullptr where there is none.
const Metric* find_metric(std::string_view key);

/// The same for a key that a flag was given. Throws UsageError, which names the flag and the keys that there
/// are.
const Metric& metric_named(std::string_view flag, std::string_view key);

/// Whether a value, which someone else may have computed and rounded, can be this metric's; else why not:
/// `is -1, but FID is at least 0`. A share may be a percentage if `may_be_percentage`.
std::string why_impossible(std::string_view key, double value, bool may_be_percentage);

/// Whether a list of metrics, where an empty one stands for all, has this one.
bool asked_for(const std::vector<std::string>& metrics, std::string_view key);

/// All keys, for messages: `CLIP-S, RefCLIP-S, …`.
std::string metric_keys();

}  // namespace tise::metrics
