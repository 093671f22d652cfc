#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <vector>

#include "tise/image/prepare.h"

namespace tise::models {

using Pictures = std::vector<std::shared_ptr<const image::Pixels>>;

/// Whether `prepare_on_cuda` supports the preparation: 8-bit resizes and `tf1-bilinear`, to one size.
bool prepares_on_cuda(const image::Preparation& preparation);

/// Prepares pictures of any sizes on the device, with exactly the values of image::prepare. (CPU cores can't
/// resize as fast as a GPU encodes.) Returns [N, 3, H, W] float32. Throws OutOfMemory and ModelError.
at::Tensor prepare_on_cuda(const Pictures& pictures, const image::Preparation& preparation,
                           c10::Device device);

}  // namespace tise::models
