#pragma once

#include <ATen/core/symbol.h>

namespace tise::models {

/// `tise::convolution(input, weight, bias?, stride, padding, dilation, groups, relu)`: a convolution
/// [N, C, H, W] → [N, K, H', W'], followed by a relu if `relu` is true. Channels-last on the CPU.
c10::Symbol convolution_operator();

/// `tise::convolution_into(added, …)`: the same, with `added` added before the relu. Overwrites `added`.
c10::Symbol convolution_into_operator();

}  // namespace tise::models
