#pragma once

#include <ATen/core/symbol.h>

namespace tise::models {

/// `tise::convolution(input, weight, bias?, stride, padding, dilation, groups, relu)`: a convolution
/// [N, C, H, W] → [N, K, H', W'], then relu if asked for. On the CPU channels-last.
c10::Symbol convolution_operator();

/// `tise::convolution_into(added, …)`: the same with `added` put to the sum before the relu. What was in
/// `added` is lost.
c10::Symbol convolution_into_operator();

}  // namespace tise::models
