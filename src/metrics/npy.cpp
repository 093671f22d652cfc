#include "npy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "tise/base/concat.h"
#include "tise/base/npy.h"

namespace tise::metrics {
namespace {

constexpr std::int64_t kMaxDimension = 16'384;  // a covariance of 2 GB
constexpr std::string_view kMagic = "\x93NUMPY";
static_assert(std::endian::native == std::endian::little,
              "arrays are written as stored in memory, which must be little-endian");

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error(why); }

std::size_t elements(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size > kMaxDimension)
      fail(concat("its size is ", size, "; at most ", kMaxDimension, " is supported"));
    count *= size;
    if (count > kMaxDimension * kMaxDimension) fail("it is too large");
  }
  return static_cast<std::size_t>(count);
}

std::size_t element_size(const std::string& type) {
  const std::size_t width = std::stoul(type.substr(2));
  if (type[1] == 'f' && (width == 2 || width == 4 || width == 8)) return width;
  if (type[1] == 'O') fail("it contains Python objects, which are not supported");
  fail("its type is " + type + "; only floats are supported");
}

/// Numbers as stored in a file, as float64. Corrects their byte order in place.
at::Tensor as_doubles(std::string& data, const std::string& type, const std::vector<std::int64_t>& sizes) {
  const std::size_t width = element_size(type);
  if (type[0] == '>') {
    for (std::span<char> rest(data); !rest.empty(); rest = rest.subspan(width))
      std::ranges::reverse(rest.first(width));
  }
  const at::ScalarType floats = width == 2 ? at::kHalf : width == 4 ? at::kFloat : at::kDouble;
  return at::from_blob(data.data(), sizes, floats).to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

at::Tensor read_npy(const ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  const std::size_t count = elements(header.shape);
  const std::size_t width = element_size(header.type);
  std::string data = take(source, count * width);
  char beyond = 0;  // reading past the end also makes the zip check the member's checksum
  if (source(&beyond, 1) != 0) fail("it has more data than its header states");
  std::vector<std::int64_t> sizes = header.shape;
  if (header.fortran_order) std::ranges::reverse(sizes);
  const at::Tensor values = as_doubles(data, header.type, sizes);
  if (!header.fortran_order) return values;
  std::vector<std::int64_t> reversed(sizes.size());
  std::iota(reversed.rbegin(), reversed.rend(), std::int64_t{0});
  return values.permute(reversed).contiguous();
}

NpyHeader read_rows_header(const ByteSource& source) {
  NpyHeader header = read_npy_header(source);
  if (header.shape.size() != 2 || header.shape[1] == 0)
    fail(concat("expected rows [N, F], got ", in_words(header)));
  if (header.fortran_order) fail("it is in Fortran order; write it in C order (numpy.ascontiguousarray)");
  if (header.shape[1] > kMaxDimension)
    fail(concat("its rows have ", header.shape[1], " values; at most ", kMaxDimension, " are supported"));
  element_size(header.type);
  return header;
}

void for_each_npy_block(const ByteSource& source, const std::function<void(const at::Tensor&)>& visit) {
  constexpr std::int64_t kBlock = 1024;
  const NpyHeader header = read_rows_header(source);
  const std::int64_t columns = header.shape[1];
  const std::size_t width = element_size(header.type) * static_cast<std::size_t>(columns);
  for (std::int64_t row = 0; row < header.shape[0]; row += kBlock) {
    const std::int64_t count = std::min(kBlock, header.shape[0] - row);
    std::string data = take(source, static_cast<std::size_t>(count) * width);
    visit(as_doubles(data, header.type, {count, columns}));
  }
  char beyond = 0;
  if (source(&beyond, 1) != 0) fail("it has more data than its header states");
}

std::string npy_of(const at::Tensor& array) {
  const at::Tensor values = array.to(at::kCPU, at::kDouble).contiguous();
  std::string shape;
  for (const std::int64_t size : values.sizes()) shape += std::to_string(size) + ", ";
  if (values.dim() > 1) shape.resize(shape.size() - 2);
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t prefix = kMagic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');  // the data starts at a multiple of 64
  header += '\n';
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 255U);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(values.const_data_ptr<double>()), values.nbytes());
}

}  // namespace tise::metrics
