#pragma once

#include <torch/script.h>

namespace tise::models {

/// Rewrites the forward of a frozen module so that convolutions and linear layers with constant weights take
/// and give `type` (bfloat16 or half precision). What lies between two of them stays in `type` where the
/// operator loses little by it (relu, pooling, sums, attention); everything else, and what the module
/// answers, is float32.
void to_half_precision(const torch::jit::Module& frozen, at::ScalarType type);

/// Rewrites the forward of a frozen module for the CPU: convolutions become `tise::convolution`, which is
/// channels-last and takes in the sum and the relu behind it.
void fuse_convolutions(const torch::jit::Module& frozen);

}  // namespace tise::models
