#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>
#include <vector>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The squared maximum mean discrepancy between two sets of rows with a kernel k (Gretton et al., "A Kernel
/// Two-Sample Test", JMLR 13, 2012, equations 3 and 5):
///
///     mean k(x, x') + mean k(y, y') − 2 mean k(x, y)
struct KernelDistance {
  /// k of a tile's pairs, [r, c]. A constant may be subtracted from k, since it cancels.
  at::Tensor (*kernel)(const Tile& tile);
  /// Whether pairs of a row with itself count (a V-statistic, biased) or not (a U-statistic).
  bool has_self_pairs = false;
  double scale = 1.0;
  std::string_view not_finite;  ///< completes "the features are" if the sums are not finite
};

/// Sums of a kernel over the pairs of a set of images and a set of real images.
struct KernelSums {
  /// `components`: for each image, the component of images that vary together with it.
  KernelSums(std::vector<std::size_t> images, std::size_t real, const std::vector<std::size_t>& components);

  /// What `add` needs from a tile. May be called on several threads at once.
  std::vector<at::Tensor> of_tile(const Tile& tile, const KernelDistance& distance) const;
  void add(const Tile& tile, const std::vector<at::Tensor>& seen);

  std::vector<std::size_t> images;  ///< by place: an index into Samples::images
  std::size_t real;                 ///< number of real images
  std::vector<double> own;          ///< for each image, over the others (and itself, if such pairs count)
  std::vector<double> cross;        ///< for each image, the sum over the real images
  double real_pairs = 0.0;          ///< the sum over pairs of two real images
  double squares = 0.0;             ///< the sum of the kernel's squares over pairs of two images
  at::Tensor components = {};       ///< [n], each image's component; undefined if each image is alone
  double pairs_together = 0.0;      ///< the number of pairs of two images of one component
  double together = 0.0;            ///< the sum over these pairs

  double n() const { return static_cast<double>(images.size()); }
  double m() const { return static_cast<double>(real); }
};

/// The distance between these images and real images.
double distance_of(const KernelSums& sums, const KernelDistance& distance);

/// The mean of the distances over subsets of `images`, each with a subset of the real images, with influences
/// and bias. All images with all real images count as a single subset.
Result kernel_result(const Reading& reading, const std::vector<std::size_t>& images,
                     const KernelDistance& distance, std::span<const KernelSums> subsets);

/// The distance between a metric's rows and those of real images.
Step kernel_distance(const Reading& reading, const KernelDistance& distance);

/// Why a metric that needs rows of real images has no value; empty if it may have one.
std::string why_no_rows(const Reading& reading);

}  // namespace tise::metrics
