#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/zip.h"

namespace tise::metrics {

/// An array as numpy's NPY format has it (numpy, `numpy.lib.format`, versions 1 to 3).
struct NpyArray {
  std::string type;  ///< `<f8`: byte order, kind, width in bytes (`U`: in characters)
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::string data;

  at::Tensor to_tensor() const;     ///< float64; of f4 or f8, any byte order
  std::int64_t to_integer() const;  ///< of one integer of any width, a scalar or a list of one
  std::string to_text() const;      ///< of one U, likewise, as UTF-8

 private:
  bool is_single() const;
};

/// Throws std::runtime_error saying what is wrong. Never holds more than the source gave.
NpyArray read_npy(const ByteSource& source);

std::string npy_of(const at::Tensor& array);
std::string npy_of(std::int64_t number);
std::string npy_of(std::string_view text);  ///< text: UTF-8

}  // namespace tise::metrics
