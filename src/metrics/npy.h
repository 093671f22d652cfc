#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "tise/base/npy.h"
#include "tise/base/zip.h"

/// Arrays in numpy's NPY format (numpy, `numpy.lib.format`, versions 1 to 3).
namespace tise::metrics {

/// Reads one of float32 or float64, any byte order; float64 here. Throws std::runtime_error saying what is
/// wrong. Takes memory only for what the source gave.
at::Tensor read_npy(const ByteSource& source);

/// The header of rows [N, F] of float16, float32 or float64. Throws likewise.
NpyHeader read_rows_header(const ByteSource& source);

/// Reads rows [N, F] of float16, float32 or float64, a block after another, [n, F] float64 each. Throws
/// likewise.
void for_each_npy_block(const ByteSource& source, const std::function<void(const at::Tensor&)>& visit);

std::string npy_of(const at::Tensor& array);

}  // namespace tise::metrics
