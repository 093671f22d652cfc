#pragma once

#include <torch/csrc/jit/api/module.h>

namespace tise::models {

/// Where an operator fails the interpreter names the functions that it was inlined from, those that freezing
/// has deleted too, and crashes. After this it names the forward alone.
void forget_inlined_functions(const torch::jit::Module& frozen);

/// Rewrites the forward of a frozen module so that convolutions and linear layers with constant weights take
/// and give `type` (bfloat16 or half precision). What lies between two of them stays in `type` where the
/// operator loses little by it (relu, pooling, sums, attention); everything else, and what the module
/// answers, is float32.
void to_half_precision(const torch::jit::Module& frozen, at::ScalarType type);

/// Rewrites the forward of a frozen module: convolutions become `tise::convolution`, which takes in the sum
/// and the relu behind it, with weights in the layout.
void fuse_convolutions(const torch::jit::Module& frozen, at::MemoryFormat layout);

}  // namespace tise::models
