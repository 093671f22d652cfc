#pragma once

#include "tise/models/torchvision_operators.h"

namespace tise::models {

/// Non-maximum suppression on CUDA. @param boxes  [n, 4] float32, by descending score
/// @return [n] bool: whether each box is kept
at::Tensor kept_on_cuda(const at::Tensor& boxes, double iou_threshold);

/// RoiAlign on CUDA. Returns [K, C, height, width] float32.
at::Tensor align_on_cuda(const RoiAlign& how, const at::Tensor& input, const at::Tensor& rois);

}  // namespace tise::models
