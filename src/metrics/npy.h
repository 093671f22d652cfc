#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "tise/base/npy.h"
#include "tise/base/zip.h"

/// Arrays in numpy's NPY format (numpy, `numpy.lib.format`, versions 1 to 3).
namespace tise::metrics {

/// Reads an array of float16, float32 or float64 in any byte order as float64. Throws std::runtime_error that
/// states what is wrong. Allocates memory only for data that the source gave.
at::Tensor read_npy(const ByteSource& source);

/// Reads the header of rows [N, F] of float16, float32 or float64. Throws like read_npy.
NpyHeader read_rows_header(const ByteSource& source);

/// Reads rows [N, F] of float16, float32 or float64. Calls `visit` with one block after another, [n, F]
/// float64 each. Throws like read_npy.
void for_each_npy_block(const ByteSource& source, const std::function<void(const at::Tensor&)>& visit);

/// The bytes of an NPY file with this array as float64.
std::string npy_of(const at::Tensor& array);

}  // namespace tise::metrics
