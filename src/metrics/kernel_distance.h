#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>
#include <vector>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The squared maximum mean discrepancy of two sets of rows by a kernel k (Gretton et al., "A Kernel
/// Two-Sample Test", JMLR 13, 2012, equations 3 and 5):
///
///     mean k(x, x') + mean k(y, y') − 2 mean k(x, y)
struct KernelDistance {
  /// k of a tile's pairs, [r, c], less a constant of one's choice, which cancels.
  at::Tensor (*kernel)(const Tile& tile);
  /// Whether pairs of a row with itself count (a V-statistic, biased) or not (a U-statistic).
  bool has_self_pairs = false;
  double scale = 1.0;
  std::string_view not_finite;  ///< the reason given if the sums are not finite
};

/// Sums of a kernel over the pairs of some images and some real ones.
struct KernelSums {
  /// `components`: of each of the images which others vary together with it.
  KernelSums(std::vector<std::size_t> images, std::size_t real, const std::vector<std::size_t>& components);

  /// Of a tile what is added; may be called on several threads at a time.
  std::vector<at::Tensor> of_tile(const Tile& tile, const KernelDistance& distance) const;
  void add(const Tile& tile, const std::vector<at::Tensor>& seen);

  std::vector<std::size_t> images;  ///< of each place, an index into Samples::images
  std::size_t real;                 ///< how many there are
  std::vector<double> own;          ///< of each image, over the others
  std::vector<double> cross;        ///< of each image, over the real ones
  double real_pairs = 0.0;          ///< over pairs of two real images
  double squares = 0.0;             ///< of the kernel, over pairs of two images
  at::Tensor components = {};       ///< [n] of each image; undefined if each is alone
  double pairs_together = 0.0;      ///< of two images of one component
  double together = 0.0;            ///< over these

  double n() const { return static_cast<double>(images.size()); }
  double m() const { return static_cast<double>(real); }
};

/// Of these images and real ones.
double distance_of(const KernelSums& sums, const KernelDistance& distance);

/// The mean of the distances over subsets of the images, each with a subset of the real ones, or over all of
/// both: with influences and bias.
Result kernel_result(const Reading& reading, const KernelDistance& distance,
                     std::span<const KernelSums> subsets);

/// The distance of a metric's rows from those of real images.
Step kernel_distance(const Reading& reading, const KernelDistance& distance);

/// Why a metric that needs rows of real images has no value; empty if it may have one.
std::string why_no_rows(const Reading& reading);

}  // namespace tise::metrics
