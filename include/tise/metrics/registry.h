#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/captions.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/result.h"
#include "tise/metrics/role.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"
#include "tise/metrics/step.h"

namespace tise::metrics {

/// What one metric is computed from. What it points to must outlive the computation.
struct Reading {
  std::string_view metric;  ///< key of the registry, by which items name it
  const Samples& samples;
  const Settings& settings;
  const GroupRows* rows = nullptr;     ///< of its role
  std::string column = {};             ///< of the rows, the one that it is about
  const GroupRows* objects = nullptr;  ///< of crops: the objects that they are of
  const Texts* texts = nullptr;
  const RealFeatures* real = nullptr;  ///< the same rows of real images
};

/// What a metric needs of items.
struct ItemNeeds {
  bool captions = false;
  bool references = false;
  bool opposites = false;  ///< the positional word and the caption with its opposite
  bool objects = false;    ///< classes and their numbers, by the labels of kLabels
};

/// What a metric needs of real images: of the same network and column that it reads.
enum class OfReal {
  kNothing,
  kMoments,  ///< mean and covariance of their rows
  kRows,     ///< each row
};

/// Groups of metrics that are asked for by one name: the twelve; those over any encoder.
inline constexpr std::string_view kBag = "bag";
inline constexpr std::string_view kFidelity = "fidelity";

using TextVisitor = std::function<void(const std::string&)>;

/// A metric describes itself: whatever the program says of it and does for it follows from here.
struct Metric {
  std::string_view key;         ///< as in the report
  std::string_view summary;     ///< what it is, in a line
  std::string_view definition;  ///< the same for `explain`, but for what has a field of its own in signatures
  std::string_view tise = {};   ///< what the TISE toolbox does otherwise; empty: nothing
  std::string_view aspect = {};   ///< of RS, that it is a part of
  std::string_view group = kBag;  ///< by whose name it is asked for among others
  bool higher_is_better = true;
  Range range = {};
  const Role* role = nullptr;      ///< whose rows it reads; `KEY@ARCHIVE` names the archive that plays it
  std::string_view column = {};    ///< of the rows, if not the maker's own
  OfReal real = OfReal::kNothing;  ///< what it is held against
  bool reads_order = false;        ///< whether the order of the images moves it
  ItemNeeds items = {};
  std::vector<const Setting*> settings = {};  ///< that it reads itself
  /// Calls the visitor with each text of an item that it reads; null if it reads none.
  void (*texts)(const data::Item&, const Settings&, const TextVisitor&) = nullptr;
  /// The value and each sample's influence on it, once the rows were seen.
  Step (*compute)(const Reading&);

  bool reads_real() const { return real != OfReal::kNothing; }
  /// The same with standard error and interval.
  Step start(const Reading& reading) const;
};

/// Every metric, in the order of the report (metrics.h).
std::span<const Metric* const> registry();

/// The metrics of a group, in the same order; `all` is the bag. Empty if no group has this name.
std::vector<const Metric*> in_group(std::string_view name);
/// `bag, fidelity`
std::string group_names();

/// By key as the report spells it, case ignored; nullptr if there is none.
const Metric* find_metric(std::string_view key);

/// Under which name a metric's real features are known: the field of its role, of rows `features.rows@other`.
std::string real_field(const Metric& metric, std::string_view archive);

/// A metric as a run computes it: `FID`, or `FID@other` by the archive other.pt.
struct Chosen {
  const Metric* metric = nullptr;
  std::string archive;  ///< empty: one of its role's

  std::string key() const;
  bool operator==(const Chosen&) const = default;
};

/// Reads `FID` or `FID@other`, ignoring the case of the metric. Returns nothing if there is no such metric,
/// or if the part after `@` can't be the name of an archive.
std::optional<Chosen> find_chosen(std::string_view key);

/// The same for a key that a flag was given. Throws UsageError, which names the flag and the keys that there
/// are.
Chosen metric_named(std::string_view flag, std::string_view key);

/// Whether a value, which someone else may have computed and rounded, can be this metric's; else why not:
/// `is -1, but FID is at least 0`. A share may be a percentage if `may_be_percentage`.
std::string why_impossible(std::string_view key, double value, bool may_be_percentage);

/// Whether a list of keys, of which an empty one stands for all of the registry, has this one.
bool asked_for(const std::vector<std::string>& keys, std::string_view key);

/// Those that are keys of metrics, each once: in the order of the registry, and of one metric by archive.
std::vector<std::string> in_order(const std::vector<std::string>& keys);

/// All keys, for messages: `CLIP-S, RefCLIP-S, …`.
std::string metric_keys();

/// Those of metrics that compare with real images.
std::string keys_against_real();

}  // namespace tise::metrics
