#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tise::models {

/// Registers `torchvision::nms`, `torchvision::roi_align` and `torchvision::_cuda_version`, which scripted
/// detectors call, with LibTorch. Call it before loading such an archive; repeated calls are harmless.
void register_torchvision_operators();

/// Greedy non-maximum suppression, like torchvision's. Visits boxes by descending score, equal scores by
/// ascending index, and removes a box if its intersection over union with a kept one is above the threshold.
/// Computes in float32 on CUDA.
/// @param boxes  [n, 4] x0, y0, x1, y1, float32 or float64; @param scores  [n]
/// @return the indices of the kept boxes by descending score, [k] int64, on the boxes' device
at::Tensor nms(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold);

/// RoIAlign (He et al., "Mask R-CNN", ICCV 2017), like torchvision's: the mean of bilinear samples in each
/// cell of a grid over each region.
struct RoiAlign {
  double spatial_scale = 1;
  std::int64_t height = 0;  ///< of the grid
  std::int64_t width = 0;
  std::int64_t sampling_ratio = 0;  ///< samples per cell along each axis; 0 or less: one per pixel
  bool aligned = false;             ///< whether pixel centers are at half-integer coordinates

  /// @param input  [N, C, H, W]; @param rois  [K, 5]: index of the picture, x0, y0, x1, y1
  /// @return [K, C, height, width], of the input's type, on its device; computed in float32 on CUDA
  at::Tensor operator()(const at::Tensor& input, const at::Tensor& rois) const;
};

}  // namespace tise::models
