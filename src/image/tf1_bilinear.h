#pragma once

#include "planes.h"

namespace tise::image {

/// TensorFlow 1's resize_bilinear with align_corners=False, with torch-fidelity's order of operations
/// (interpolate_compat_tensorflow.py, method "slow"): pixels are points at their corner, nothing is averaged.
Planes tf1_bilinear(const Planes& planes, int width, int height);

}  // namespace tise::image
