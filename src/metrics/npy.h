#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tise/base/zip.h"

namespace tise::metrics {

/// An array as numpy's NPY format has it (numpy, `numpy.lib.format`, versions 1 to 3).
struct NpyArray {
  std::string type;  ///< `<f8`: byte order, kind, width in bytes
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::string data;

  at::Tensor to_tensor() const;  ///< float64
};

/// Reads one of float32 or float64, any byte order. Throws std::runtime_error saying what is wrong. Never
/// holds more than the source gave.
NpyArray read_npy(const ByteSource& source);

std::string npy_of(const at::Tensor& array);

}  // namespace tise::metrics
