#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tise/data/images.h"
#include "tise/metrics/samples.h"
#include "tise/store/store.h"

namespace tise::metrics {

/// How classes of objects are called, and where the models have them.
struct Classes {
  std::vector<std::string> names;
  /// Of the detector's label k, at k - 1: its class, or nothing for a gap among the labels.
  std::vector<std::optional<std::size_t>> of_label;
  /// Of each class: its place among the counter's labels, where the counter knows it.
  std::vector<std::optional<std::size_t>> counter_place;
};

/// What of a store a run scores: the column group that holds each kind of rows, where it is wanted.
struct Reading {
  std::optional<std::string> clip;        ///< embeddings
  std::optional<std::string> inception;   ///< logits
  std::optional<std::string> fid;         ///< features
  std::optional<std::string> detections;  ///< boxes, labels, scores
  std::optional<std::string> crops;       ///< scores, features, logits
  std::optional<std::string> counts;      ///< of a counter
  std::string prompt;
  /// Calls its second argument with each text of an item that the run's metrics read.
  std::function<void(const data::Item&, const std::function<void(const std::string&)>&)> texts;
  double threshold = 0.5;  ///< the least score of an object
  Classes classes;
};

/// The dataset's rows in a store, and what its pairs say: of those only ids and images are taken from the
/// dataset. The store must outlive the result. Throws InputError where an image has no row, or where the
/// store holds other pairs.
Samples read_samples(const store::Store& store, const data::Dataset& dataset, const Reading& reading);

/// The rows of some images in one column group, whose index may be at hand already.
ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images);
ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images,
                   const std::unordered_map<std::string, store::RowPlace>& index);

/// Objects of some images.
struct Objects {
  ObjectStream stream;
  std::vector<std::uint32_t> counts;  ///< of each image
};

/// The objects of some images in one column group, those with a score at or above the threshold. Labels
/// become classes where the group has them.
Objects objects(const store::Store& store, const std::string& group, const std::vector<std::string>& images,
                double threshold, const Classes& classes);

}  // namespace tise::metrics
