#include "npy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <numeric>
#include <regex>
#include <span>
#include <stdexcept>
#include <vector>

#include "tise/base/names.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kMaxHeader = 65'536;
constexpr std::int64_t kMaxDimension = 16'384;  // a covariance of 2 GB
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

std::vector<std::int64_t> parse_shape(const std::string& text) {
  static const std::regex kNumber("[0-9]+");
  std::vector<std::int64_t> shape;
  for (std::sregex_iterator it(text.begin(), text.end(), kNumber), end; it != end; ++it) {
    const std::string digits = it->str();
    std::int64_t size = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (parsed.ec != std::errc() || size > kMaxDimension) fail("an array of size " + digits);
    shape.push_back(size);
  }
  if (shape.size() > kMaxDimensions) fail("an array of " + counted(shape.size(), "dimension"));
  return shape;
}

std::size_t elements(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    count *= size;
    if (count > kMaxDimension * kMaxDimension) fail("an array that is too large");
  }
  return static_cast<std::size_t>(count);
}

struct Header {
  std::string type;  ///< `<f8`: byte order, kind, width in bytes
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// A header is a Python dictionary of three entries, in any order. The library's regular expressions call
/// themselves once per character, so spaces go first, and what is then still long is nothing that we read.
Header parse_header(std::string header) {
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
  return {type[1].str() + type[2].str() + type[3].str(), order[1] == "True", parse_shape(shape[1].str())};
}

std::size_t element_size(const std::string& type) {
  const std::size_t width = std::stoul(type.substr(2));
  if (type[1] == 'f' && (width == 4 || width == 8)) return width;
  if (type[1] == 'O') fail("an array of Python objects, which are not read");
  fail("an array of type " + type + ", not float32 or float64");
}

}  // namespace

at::Tensor read_npy(const ByteSource& source) {
  const Header header = parse_header(read_header(source));
  const std::size_t count = elements(header.shape);
  const std::size_t width = element_size(header.type);
  std::string data = take(source, count * width);
  char beyond = 0;  // asking past the end also has the zip check the member's checksum
  if (source(&beyond, 1) != 0) fail("more data than its header says");
  if (header.type[0] == '>') {
    for (std::span<char> rest(data); !rest.empty(); rest = rest.subspan(width))
      std::ranges::reverse(rest.first(width));
  }
  std::vector<std::int64_t> sizes = header.shape;
  if (header.fortran_order) std::ranges::reverse(sizes);
  const at::Tensor values =
      at::from_blob(data.data(), sizes, width == sizeof(float) ? at::kFloat : at::kDouble)
          .to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  if (!header.fortran_order) return values;
  std::vector<std::int64_t> reversed(sizes.size());
  std::iota(reversed.rbegin(), reversed.rend(), std::int64_t{0});
  return values.permute(reversed).contiguous();
}

std::string npy_of(const at::Tensor& array) {
  const at::Tensor values = array.to(at::kCPU, at::kDouble).contiguous();
  std::string shape;
  for (const std::int64_t size : values.sizes()) shape += std::to_string(size) + ", ";
  if (values.dim() > 1) shape.resize(shape.size() - 2);
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t prefix = kMagic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');  // data starts at a multiple of 64
  header += '\n';
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 255U);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(values.const_data_ptr<double>()), values.nbytes());
}

}  // namespace tise::metrics
