#pragma once

#include <string>
#include <vector>

#include "tise/data/images.h"
#include "tise/metrics/samples.h"
#include "tise/store/store.h"

namespace tise::metrics {

/// Which column groups of a store a run scores.
struct Groups {
  bool clip = false;
  bool inception = false;
};

/// The dataset's rows in a store. The store must outlive the result. Throws InputError where an image or a
/// text that is asked for has no row.
Samples read_samples(const store::Store& store, const data::Dataset& dataset, const std::string& prompt,
                     const Groups& groups);

/// The rows of some images in one column group.
ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images);

}  // namespace tise::metrics
