#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

/// Which samples vary together, in two ways that may cross: a label for each pair, or for each image if there
/// are no pairs. Labels are small numbers: memory grows with the largest.
struct Clusters {
  std::vector<std::size_t> caption;  ///< pairs of one `cluster`, else of one caption as written, share one
  std::vector<std::size_t> image;    ///< pairs with the same image share one
  /// Where prompts are fixed: which images are of one, or of captions that images join. Else empty.
  std::vector<std::size_t> prompt = {};
};

/// Of samples in memory. A pair's `cluster` takes the place of its caption; an empty caption without one
/// clusters with nothing.
Clusters clusters_of(const Samples& samples, Prompts prompts);

/// Numbers from 0 that are joined to sets (union-find).
class Joined {
 public:
  explicit Joined(std::size_t n);
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }
  /// The number that stands for the set.
  std::size_t root(std::size_t i);

 private:
  std::vector<std::size_t> parent_;
};

/// A component may hold one in so many of the samples if one partition of them is needed.
inline constexpr std::size_t kLargestInverse = 10;

/// Of each sample its component: what caption and image, crossing, join. Numbered by first appearance.
std::vector<std::size_t> components_of(const Clusters& clusters);

/// The same of images: of each of these, numbered by first appearance.
std::vector<std::size_t> components_of(const Samples& samples, const std::vector<std::size_t>& images);

/// Which part an image lies in, where samples are halved: so that what varies together lies in one part.
enum class Part : unsigned char { kFirstQuarter, kSecondQuarter, kOtherHalf };
inline constexpr std::size_t kParts = 3;

struct Parts {
  std::vector<Part> of_image;  ///< by index into Samples::images; empty where they can't be cut
  std::string reason;          ///< why not

  /// The part of an image; if they can't be cut, all are in one.
  Part of(std::size_t image) const { return of_image.empty() ? Part::kOtherHalf : of_image[image]; }
};

/// Cuts images into a half, which is cut into two quarters, and another half, by a permutation that is always
/// the same. They can't be cut where one component holds over a tenth of them.
Parts parts_of(const Samples& samples, const std::vector<std::size_t>& images);

}  // namespace tise::metrics
