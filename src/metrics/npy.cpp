#include "npy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <regex>
#include <stdexcept>

#include "tise/base/names.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kMaxHeader = 65'536;
constexpr std::size_t kMaxDimension = 16'384;  // a covariance of 2 GB
constexpr std::size_t kMaxDimensions = 8;
constexpr std::string_view kMagic = "\x93NUMPY";
static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error(why); }

/// Exactly `size` bytes, in steps, so that a size that lies costs nothing.
std::string take(const ByteSource& source, std::size_t size) {
  constexpr std::size_t kStep = 1U << 20U;
  std::string bytes;
  while (bytes.size() < size) {
    const std::size_t had = bytes.size();
    const std::size_t step = std::min(kStep, size - had);
    bytes.resize(had + step);
    if (source(bytes.data() + had, step) != step) fail("truncated");
  }
  return bytes;
}

template <typename T>
T value_at(std::string_view bytes, std::size_t index, bool swap) {
  std::array<char, sizeof(T)> raw{};
  std::memcpy(raw.data(), bytes.data() + index * sizeof(T), sizeof(T));
  if (swap) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

std::string read_header(const ByteSource& source) {
  const std::string start = take(source, kMagic.size() + 2);
  if (!start.starts_with(kMagic)) fail("not a numpy array");
  const int version = static_cast<unsigned char>(start[kMagic.size()]);
  if (version < 1 || version > 3)
    fail("an array format that isn't known: version " + std::to_string(version));
  const std::string length = take(source, version == 1 ? 2 : 4);
  std::size_t size = 0;
  for (std::size_t i = length.size(); i-- > 0;) size = size * 256 + static_cast<unsigned char>(length[i]);
  if (size > kMaxHeader) fail("an array header of " + counted(size, "byte"));
  return take(source, size);
}

std::vector<std::size_t> parse_shape(const std::string& text) {
  static const std::regex kNumber("[0-9]+");
  std::vector<std::size_t> shape;
  for (std::sregex_iterator it(text.begin(), text.end(), kNumber), end; it != end; ++it) {
    const std::string digits = it->str();
    std::size_t size = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (parsed.ec != std::errc() || size > kMaxDimension) fail("an array of size " + digits);
    shape.push_back(size);
  }
  if (shape.size() > kMaxDimensions) fail("an array of " + counted(shape.size(), "dimension"));
  return shape;
}

std::size_t elements(const std::vector<std::size_t>& shape) {
  std::size_t count = 1;
  for (const std::size_t size : shape) {
    count *= size;
    if (count > kMaxDimension * kMaxDimension) fail("an array that is too large");
  }
  return count;
}

/// A header is a Python dictionary of three entries, in any order. The library's regular expressions call
/// themselves once per character, so spaces go first, and what is then still long is nothing that we read.
NpyArray parse_header(std::string header) {
  constexpr std::size_t kLongest = 4096;
  std::erase(header, ' ');
  if (header.size() > kLongest) fail("an array of a type that isn't read (structured, or broken)");
  static const std::regex kType(R"('descr'\s*:\s*'([<>|=])([a-zA-Z])([0-9]{1,6})')");
  static const std::regex kOrder(R"('fortran_order'\s*:\s*(True|False))");
  static const std::regex kShape(R"('shape'\s*:\s*\(([0-9, ]*)\))");
  std::smatch type;
  std::smatch order;
  std::smatch shape;
  if (!std::regex_search(header, type, kType))
    fail("an array of a type that isn't read (structured, or broken)");
  if (!std::regex_search(header, order, kOrder) || !std::regex_search(header, shape, kShape)) {
    fail("a broken array header");
  }
  NpyArray array;
  array.type = type[1].str() + type[2].str() + type[3].str();
  array.fortran_order = order[1] == "True";
  array.shape = parse_shape(shape[1].str());
  return array;
}

std::size_t element_size(const std::string& type) {
  const std::size_t width = std::stoul(type.substr(2));
  if (type[1] == 'f' && (width == 4 || width == 8)) return width;
  if (type[1] == 'O') fail("an array of Python objects, which are not read");
  fail("an array of type " + type + ", not float32 or float64");
}

std::string npy(const std::string& type, const std::string& shape, std::string_view data) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  const std::size_t prefix = kMagic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');  // data starts at a multiple of 64
  header += '\n';
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 255U);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  return bytes.append(data);
}

}  // namespace

NpyArray read_npy(const ByteSource& source) {
  NpyArray array = parse_header(read_header(source));
  array.data = take(source, elements(array.shape) * element_size(array.type));
  char beyond = 0;  // asking past the end also has the zip check the member's checksum
  if (source(&beyond, 1) != 0) fail("more data than its header says");
  return array;
}

at::Tensor NpyArray::to_tensor() const {
  const bool swap = type[0] == '>';
  const bool single = type[2] == '4';
  const std::size_t count = elements(shape);
  std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  if (fortran_order) std::reverse(sizes.begin(), sizes.end());
  at::Tensor tensor = at::empty(sizes, at::kDouble);
  double* out = tensor.mutable_data_ptr<double>();
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = single ? static_cast<double>(value_at<float>(data, i, swap)) : value_at<double>(data, i, swap);
  }
  if (!fortran_order) return tensor;
  std::vector<std::int64_t> reversed;
  for (auto axis = static_cast<std::int64_t>(shape.size()); axis-- > 0;) reversed.push_back(axis);
  return tensor.permute(reversed).contiguous();
}

std::string npy_of(const at::Tensor& array) {
  const at::Tensor values = array.to(at::kCPU, at::kDouble).contiguous();
  std::string shape;
  for (const std::int64_t size : values.sizes()) shape += std::to_string(size) + ", ";
  if (values.dim() > 1) shape.resize(shape.size() - 2);
  return npy("<f8", "(" + shape + ")",
             {reinterpret_cast<const char*>(values.const_data_ptr<double>()),
              static_cast<std::size_t>(values.nbytes())});
}

}  // namespace tise::metrics
