#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <vector>

#include "tise/image/prepare.h"

namespace tise::models {

using Pictures = std::vector<std::shared_ptr<const image::Pixels>>;

/// Whether `prepare_on_cuda` knows the preparation: resizes in 8 bits and `tf1-bilinear`, to one size.
bool prepares_on_cuda(const image::Preparation& preparation);

/// image::prepare of each picture, to the bit, computed on the device: a GPU outruns the cores that would
/// resize for it. [N, 3, H, W] float32. Pictures may be of any sizes. Throws OutOfMemory and ModelError.
at::Tensor prepare_on_cuda(const Pictures& pictures, const image::Preparation& preparation,
                           c10::Device device);

}  // namespace tise::models
