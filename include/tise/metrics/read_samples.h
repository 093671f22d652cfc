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

/// Which rows of a store to read: all of a column group, or of a group of objects those with a score at or
/// above the threshold.
struct Source {
  std::string group;
  double threshold = 0;
  /// For a detector or counter: the index into Samples::classes that each label stands for, if any.
  std::vector<std::optional<std::size_t>> class_of_label = {};
  std::size_t classes = 0;  ///< number of classes

  /// The key in Samples::groups. It includes the threshold, since another threshold selects other rows.
  std::string name() const;
};

/// Which texts of a store to read.
struct TextSource {
  std::string group;    ///< `texts@clip`
  std::string archive;  ///< the key in Samples::texts
  /// Calls its argument with each text of an item that the run's metrics read.
  std::function<void(const data::Item&, const TextVisitor&)> texts;
};

/// What a run reads from a store to score it.
struct Wanted {
  std::vector<Source> sources;
  std::vector<TextSource> texts;
  std::string prompt;
  std::vector<std::string> classes;  ///< Samples::classes
};

/// Reads a dataset's rows and pairs from a store. Only the pairs' ids and images are taken from the dataset
/// itself. The store must outlive the result. Throws InputError if an image has no row or the store holds
/// other pairs.
Samples read_samples(const store::Reader& store, const data::Dataset& dataset, const Wanted& wanted);

/// The rows of some images in one column group. A group with labels also has a column `classes` ([m] int64,
/// an index into Samples::classes or -1). A column `counts` is converted to one value per class, NaN for a
/// class that the counter doesn't know. Pass `index` if the group's index was already read. The store must
/// outlive the result. Throws InputError if an image has no row.
GroupRows group_rows(const store::Reader& store, const Source& source,
                     const std::vector<std::string>& images);
GroupRows group_rows(const store::Reader& store, const Source& source, const std::vector<std::string>& images,
                     const store::RowIndex& index);

}  // namespace tise::metrics
