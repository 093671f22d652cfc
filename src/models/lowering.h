#pragma once

#include <torch/csrc/jit/api/module.h>

namespace tise::models {

/// When an operator fails, the interpreter lists the functions it was inlined from, and crashes if freezing
/// has deleted one of them. After this call it lists only the forward.
void forget_inlined_functions(const torch::jit::Module& frozen);

/// Rewrites the forward of a frozen module so that convolutions and linear layers with constant weights
/// compute in `type` (bfloat16 or half precision). Between two such layers values stay in `type` if the
/// operators lose little accuracy (relu, pooling, sums, attention). All other values, and the module's
/// outputs, are float32.
void to_half_precision(const torch::jit::Module& frozen, at::ScalarType type);

/// Rewrites the forward of a frozen module: replaces convolutions by `tise::convolution` or
/// `tise::convolution_into`, which include a following sum and relu. Weights are stored in `layout`.
void fuse_convolutions(const torch::jit::Module& frozen, at::MemoryFormat layout);

}  // namespace tise::models
