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

/// What one metric is computed from. Everything referred to must outlive the computation.
struct Reading {
  std::string_view metric;  ///< its key in the registry, by which items name it
  const Samples& samples;
  const Settings& settings;
  const GroupRows* rows = nullptr;     ///< those of its role's network
  std::string column = {};             ///< the column of `rows` to read
  const GroupRows* objects = nullptr;  ///< for crops: the objects that were cropped
  const Texts* texts = nullptr;
  const RealFeatures* real = nullptr;  ///< features of real images, from the same network and column
};

/// What a metric needs from items.
struct ItemNeeds {
  bool captions = false;
  bool references = false;
  bool opposites = false;  ///< the positional word and the caption with its opposite
  bool objects = false;    ///< classes and their numbers, named by the labels of kLabels
};

/// What a metric needs from real images, by the network and for the column that it reads.
enum class OfReal {
  kNothing,
  kMoments,  ///< mean and covariance of their rows
  kRows,     ///< each row
};

/// Names of groups of metrics: the twelve from CLIP-S to CA, and those that work with any encoder.
inline constexpr std::string_view kBag = "bag";
inline constexpr std::string_view kFidelity = "fidelity";

/// What the order of the images determines for a metric.
struct OrderEffect {
  std::string_view what;                     ///< as an object: `the splits`
  bool (*is_on)(const Settings&) = nullptr;  ///< null: whatever the settings
  bool with(const Settings& settings) const { return is_on == nullptr || is_on(settings); }
};

/// The literature's name for a metric with a certain network, and its key here.
struct KnownAs {
  std::string_view name;
  std::string_view key;  ///< `MMD@clip-l336`
};

using TextVisitor = std::function<void(const std::string&)>;

/// A metric's description. Everything that the program prints about the metric or does for it follows from
/// this.
struct Metric {
  std::string_view key;           ///< as in the report
  std::string_view summary;       ///< one line, for the manual
  std::string_view definition;    ///< for `explain`; leaves out what has its own field in signatures
  std::string_view tise = {};     ///< what the TISE toolbox does differently; empty if nothing
  std::string_view aspect = {};   ///< the aspect of RS that it belongs to; empty if none
  std::string_view group = kBag;  ///< the group that it belongs to
  std::vector<KnownAs> known_as = {};
  bool higher_is_better = true;
  Range range = {};
  const Role* role = nullptr;      ///< whose rows it reads; `KEY@ARCHIVE` names the archive that plays it
  std::string_view column = {};    ///< of the rows; empty: the maker's default
  OfReal real = OfReal::kNothing;  ///< what it needs from real images
  std::vector<OrderEffect> order = {};  ///< empty: none
  std::string_view std_over = {};  ///< what its details' `std` is taken over: `splits`; empty: it has none
  ItemNeeds items = {};
  std::vector<const Setting*> settings = {};  ///< those that it reads itself
  /// Calls the visitor with each text of an item that the metric reads; null if it reads none.
  void (*texts)(const data::Item&, const Settings&, const TextVisitor&) = nullptr;
  /// Computes the value and each sample's influence on it.
  Step (*compute)(const Reading&);

  bool reads_real() const { return real != OfReal::kNothing; }
  /// Like `compute`, and adds the standard error and interval.
  Step start(const Reading& reading) const;
};

/// Every metric, in the report's order.
std::span<const Metric* const> registry();

/// The settings that take one of a few words (Setting::words), each once.
std::vector<const Setting*> settings_of_words();

/// The metrics of a group, in the same order; `all` means the bag. Empty if no group has this name.
std::vector<const Metric*> in_group(std::string_view name);

/// Finds a metric by its key, ignoring case. Returns nullptr if no metric has it.
const Metric* find_metric(std::string_view key);

/// The name of a metric's real features: its role's field, or `features.rows@other` for rows.
std::string real_field(const Metric& metric, std::string_view archive);

/// A metric as a run computes it: `FID`, or `FID@other` with the archive other.pt.
struct Chosen {
  const Metric* metric = nullptr;
  std::string archive;  ///< empty: the default of its role

  std::string key() const;
  bool operator==(const Chosen&) const = default;
};

/// Parses `FID` or `FID@other`, ignoring the metric's case. Returns nullopt if the metric is unknown, or if
/// the part after `@` can't be the name of an archive.
std::optional<Chosen> find_chosen(std::string_view key);

/// Like find_chosen, for a key given to a flag. Throws UsageError that names the flag and the valid keys, and
/// suggests a group's name if the flag takes these, too.
Chosen metric_named(std::string_view flag, std::string_view key, bool may_be_group = false);

/// Why a value, which another program may have computed and rounded, can't be this metric's: `is -1, but FID
/// is at least 0`. Empty if it can. With `may_be_percentage`, a share may also be a percentage.
std::string why_impossible(std::string_view key, double value, bool may_be_percentage);

/// Whether `keys` contains the key. An empty list stands for all metrics.
bool asked_for(const std::vector<std::string>& keys, std::string_view key);

/// The valid metric keys among these, each once, in registry order and for one metric by archive.
std::vector<std::string> in_order(const std::vector<std::string>& keys);

/// All keys, for messages: `CLIP-S, RefCLIP-S, …`.
std::string metric_keys();

/// All keys with the names of their groups, for messages: `CLIP-S, … (all); FD, … (fidelity)`.
std::string grouped_keys();

/// The keys of the metrics that compare with real images, or with at least this of them, for messages.
std::string keys_against_real(OfReal least = OfReal::kMoments);

}  // namespace tise::metrics
