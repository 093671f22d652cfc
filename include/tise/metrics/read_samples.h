#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/images.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/samples.h"
#include "tise/store/reader.h"

namespace tise::metrics {

/// Which rows of a store are read: those of a column group, and of a group of objects those with a score at
/// or above the threshold.
struct Source {
  std::string group;
  double threshold = 0;
  /// Of a detector or counter: which of Samples::classes each of its labels stands for, if any.
  std::vector<std::optional<std::size_t>> class_of_label = {};
  std::size_t classes = 0;  ///< how many there are

  /// In Samples::groups: other thresholds are other rows.
  std::string name() const;
};

/// Which texts of a store are read.
struct TextSource {
  std::string group;    ///< `texts@clip`
  std::string archive;  ///< in Samples::texts
  /// Calls its argument with each text of an item that the run's metrics read.
  std::function<void(const data::Item&, const TextVisitor&)> texts;
};

/// What of a store a run scores.
struct Wanted {
  std::vector<Source> sources;
  std::vector<TextSource> texts;
  std::string prompt;
  std::vector<std::string> classes;  ///< Samples::classes
};

/// The dataset's rows in a store, and what its pairs say: of those only ids and images are taken from the
/// dataset. The store must outlive the result. Throws InputError if an image has no row, or if the store
/// holds other pairs.
Samples read_samples(const store::Reader& store, const data::Dataset& dataset, const Wanted& wanted);

/// The rows of some images in one column group, whose index may be at hand already. Besides the group's
/// columns there are `classes` ([m] int64, an index into Samples::classes or -1) of what has labels, and
/// `counts` are those of the classes, NaN for one that the counter doesn't know. The store must outlive the
/// result. Throws InputError if an image has no row.
GroupRows group_rows(const store::Reader& store, const Source& source,
                     const std::vector<std::string>& images);
GroupRows group_rows(const store::Reader& store, const Source& source, const std::vector<std::string>& images,
                     const store::RowIndex& index);

}  // namespace tise::metrics
