#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "tise/base/zip.h"

/// Arrays in numpy's NPY format (numpy, `numpy.lib.format`, versions 1 to 3).
namespace tise::metrics {

/// Reads one of float32 or float64, any byte order; float64 here. Throws std::runtime_error saying what is
/// wrong. Takes memory only for what the source gave.
at::Tensor read_npy(const ByteSource& source);

std::string npy_of(const at::Tensor& array);

}  // namespace tise::metrics
