#pragma once

#include <ATen/core/symbol.h>

namespace tise::models {

/// `tise::convolution(input, weight, bias?, stride, padding, dilation, groups, added?, relu)`: the relu, if
/// asked for, of a convolution [N, C, H, W] → [N, K, H', W'] plus `added`. CPU; float32 or bfloat16.
c10::Symbol convolution_operator();

}  // namespace tise::models
