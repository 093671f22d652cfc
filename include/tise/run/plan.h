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
  std::string reason = {};          ///< why it can't be computed; empty if it can
  std::vector<Part> cast = {};      ///< its own role, then the roles this depends on (Archives::cast)
  metrics::Settings settings = {};  ///< with the values that come from the cards

  const metrics::Metric& metric() const { return *chosen.metric; }
  std::string key() const { return chosen.key(); }
  bool is_computed() const { return reason.empty(); }
  /// Whether its rows are crops of objects instead of images.
  bool is_of_crops() const { return metric().role->finder != nullptr; }
  const Part& own() const { return cast.front(); }
  /// The archive that plays a role; null if none does.
  const Part* part(const metrics::Role& role) const;
  std::string real_field() const { return metrics::real_field(metric(), chosen.archive); }
  /// The column group that it reads.
  std::string group() const;
};

/// What a run can compute from its inputs.
struct Plan {
  std::vector<Planned> metrics;       ///< all that were requested
  std::vector<std::string> warnings;  ///< about settings that were chosen for them
  std::string precision = {};         ///< of their rows: `fp32`, `bf16` or `fp16`
  image::Opening opening = {};        ///< how images are opened

  /// The metrics that can be computed.
  std::vector<const Planned*> computed() const;
  bool reads_real() const;
  /// The archive whose labels name the classes of objects; null if no metric needs them.
  const models::Archive* labels() const;
};

/// A column group that a run fills: rows of images, of objects in them, or of texts. This struct and the card
/// of its archive determine how the rows are made and what the report states about that.
struct Group {
  std::string name;  ///< `clip`, `texts@clip`, `crops@inception@maskrcnn`
  std::string stem;  ///< of the archive that makes its rows
  const models::Archive* archive = nullptr;
  bool is_of_texts = false;
  std::string parent = {};  ///< for crops: the group with the detected objects
  double threshold = 0;     ///< for crops: the lowest score of an object that is cropped
};
/// The groups of a run. Whoever keeps a view of one of their names must keep the table alive.
using GroupTable = std::shared_ptr<const std::vector<Group>>;

/// The groups that these metrics read, each once, parents first.
GroupTable groups_of(const std::vector<const Planned*>& metrics);

/// Where the metric's rows are in a store. Classes are mapped to those of the archive `labels`, if not null.
metrics::Source source_of(const Planned& planned, const models::Archive* labels);
/// The same for the objects that its rows are crops of.
metrics::Source objects_of(const Planned& planned, const models::Archive* labels);

/// The column of those rows that the metric reads.
std::string column_of(const Planned& planned);

/// The names of the object classes; empty if `labels` is null.
std::vector<std::string> class_names(const models::Archive* labels);

}  // namespace tise::run
