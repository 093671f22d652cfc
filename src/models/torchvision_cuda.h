#pragma once

#include "tise/models/torchvision_operators.h"

namespace tise::models {

/// Which of some boxes non-maximum suppression keeps. @param boxes  [n, 4] float32, CUDA, by falling score
/// @return [n] bool
at::Tensor kept_on_cuda(const at::Tensor& boxes, double iou_threshold);

/// As RoiAlign, on CUDA. [K, C, height, width] float32
at::Tensor align_on_cuda(const RoiAlign& how, const at::Tensor& input, const at::Tensor& rois);

}  // namespace tise::models
