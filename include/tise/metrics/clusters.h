#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

/// Which samples vary together, by two labelings that may cross. There is one label per pair, or per image in
/// a run without pairs. Labels are small numbers: memory grows with the largest.
struct Clusters {
  std::vector<std::size_t> caption;  ///< shared by pairs with the same `cluster`, else caption as written
  std::vector<std::size_t> image;    ///< shared by pairs with the same image
  /// With fixed prompts: shared by images of the same caption, or of captions that have an image in common.
  /// Otherwise empty.
  std::vector<std::size_t> prompt = {};
};

/// A pair's `cluster` replaces its caption. An empty caption without `cluster` has a label of its own.
Clusters clusters_of(const Samples& samples, Prompts prompts);

/// Sets of the numbers 0 to n - 1 that can be joined (union-find).
class Joined {
 public:
  explicit Joined(std::size_t n);
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }
  /// The number that represents the set of `i`.
  std::size_t root(std::size_t i);

 private:
  std::vector<std::size_t> parent_;
};

/// Samples can be partitioned if no component holds more than one in kLargestInverse of them.
inline constexpr std::size_t kLargestInverse = 10;

/// The component of each sample, numbered by first appearance. Samples with a caption label or an image in
/// common are in the same component.
std::vector<std::size_t> components_of(const Clusters& clusters);

/// The component of each of these images, numbered by first appearance.
std::vector<std::size_t> components_of(const Samples& samples, const std::vector<std::size_t>& images);

/// The part of an image when samples are split in half. Images that vary together are in the same part.
enum class Part : unsigned char { kFirstQuarter, kSecondQuarter, kOtherHalf };
inline constexpr std::size_t kParts = 3;

struct Parts {
  std::vector<Part> of_image;  ///< by index into Samples::images; empty if they can't be split
  std::string reason;          ///< why they can't

  /// The part of an image. If images can't be split, all are in the same part.
  Part of(std::size_t image) const { return of_image.empty() ? Part::kOtherHalf : of_image[image]; }
};

/// Splits images into two quarters and another half, by a permutation that is always the same. They can't be
/// split if there are fewer than 10, or if one component holds over a tenth of them.
Parts parts_of(const Samples& samples, const std::vector<std::size_t>& images);

}  // namespace tise::metrics
