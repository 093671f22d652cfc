#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/open.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/registry.h"
#include "tise/models/models.h"

namespace tise::run {

/// A role, and the archive that plays it in a run.
struct Part {
  const metrics::Role* role = nullptr;
  std::string field;  ///< metrics::field_of
  std::string stem;   ///< of the archive's file
  const models::Archive* archive = nullptr;
  const metrics::Maker* maker = nullptr;
};

/// A metric of a run.
struct Planned {
  metrics::Chosen chosen;
  std::string reason = {};          ///< why it can't be computed; empty: it can
  std::vector<Part> cast = {};      ///< of its role, then of the roles that this hangs on (Archives::cast)
  metrics::Settings settings = {};  ///< with what the cards add

  const metrics::Metric& metric() const { return *chosen.metric; }
  std::string key() const { return chosen.key(); }
  bool is_computed() const { return reason.empty(); }
  /// Whether its rows are crops of objects, rather than images.
  bool is_of_crops() const { return metric().role->finder != nullptr; }
  const Part& own() const { return cast.front(); }
  /// Who plays a role; null if nobody does.
  const Part* part(const metrics::Role& role) const;
  std::string real_field() const { return metrics::real_field(metric(), chosen.archive); }
  /// The column group that it reads.
  std::string group() const;
};

/// What a run can compute with what it was given.
struct Plan {
  std::vector<Planned> metrics;       ///< every one asked for
  std::vector<std::string> warnings;  ///< of settings that were chosen for them
  std::string precision = {};         ///< of their rows: `fp32`, `bf16` or `fp16`
  image::Opening opening = {};        ///< of the images that they are of

  /// Those that are computed.
  std::vector<const Planned*> computed() const;
  bool reads_real() const;
  /// The archive whose labels name the classes of objects; null if no metric asks for them.
  const models::Archive* labels() const;
};

/// A column group that a run fills: of images, of objects in them, or of texts. All that is done to fill it,
/// and whatever is said of how, follows from this line and the card of its archive.
struct Group {
  std::string name;  ///< `clip`, `texts@clip`, `crops@inception@maskrcnn`
  std::string stem;  ///< of the archive that makes it
  const models::Archive* archive = nullptr;
  bool is_of_texts = false;
  std::string parent = {};  ///< of crops: the group of the objects that they are of
  double threshold = 0;     ///< of crops: the least score of those
};
/// The groups of a run. Who keeps one of their names keeps the table.
using GroupTable = std::shared_ptr<const std::vector<Group>>;

/// The groups that some metrics read, each once; parents come first.
GroupTable groups_of(const std::vector<const Planned*>& metrics);

/// Where the metric's rows lie in a store, for classes as those of the labels' archive.
metrics::Source source_of(const Planned& planned, const models::Archive* labels);
/// Likewise the objects that its rows are crops of.
metrics::Source objects_of(const Planned& planned, const models::Archive* labels);

/// The column of those rows that the metric is about.
std::string column_of(const Planned& planned);

/// The names of classes of objects.
std::vector<std::string> class_names(const models::Archive* labels);

}  // namespace tise::run
