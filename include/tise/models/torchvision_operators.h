#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tise::models {

/// Makes LibTorch know `torchvision::nms`, `torchvision::roi_align` and `torchvision::_cuda_version`, which
/// scripted detectors call. Must be called before such an archive is loaded; again is harmless.
void register_torchvision_operators();

/// Greedy non-maximum suppression as torchvision's: boxes by falling score, equal scores by rising index; a
/// box goes where its intersection over union with a kept one is above the threshold. On CUDA computed
/// in float32.
/// @param boxes  [n, 4] x0, y0, x1, y1, float32 or float64; @param scores  [n]
/// @return the kept indices by falling score, [k] int64, on the boxes' device
at::Tensor nms(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold);

/// RoIAlign (He et al., "Mask R-CNN", ICCV 2017) as torchvision's: the mean of bilinear samples in each cell
/// of a grid over each region.
struct RoiAlign {
  double spatial_scale = 1;
  std::int64_t height = 0;  ///< of the grid
  std::int64_t width = 0;
  std::int64_t sampling_ratio = 0;  ///< samples a cell along each axis; 0 or less: as many as it has pixels
  bool aligned = false;             ///< whether pixel centres lie at half coordinates

  /// @param input  [N, C, H, W]; @param rois  [K, 5]: index of the picture, x0, y0, x1, y1
  /// @return [K, C, height, width], of the input's type, on its device; on CUDA computed in float32
  at::Tensor operator()(const at::Tensor& input, const at::Tensor& rois) const;
};

}  // namespace tise::models
