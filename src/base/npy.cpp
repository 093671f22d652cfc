#include "tise/base/npy.h"

#include <algorithm>
#include <charconv>
#include <regex>
#include <stdexcept>
#include <string_view>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"

namespace tise {
namespace {

constexpr std::size_t kMaxHeader = 65'536;
constexpr std::size_t kMaxDimensions = 8;
constexpr std::int64_t kMaxSize = std::int64_t{1} << 40;
constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void fail(const std::string& why) { throw std::runtime_error(why); }

std::string header_text(const ByteSource& source) {
  const std::string start = take(source, kMagic.size() + 2);
  if (!start.starts_with(kMagic)) fail("not a numpy array");
  const int version = static_cast<unsigned char>(start[kMagic.size()]);
  if (version < 1 || version > 3) fail(concat("its NPY version, ", version, ", is not supported"));
  const std::string length = take(source, version == 1 ? 2 : 4);
  std::size_t size = 0;
  for (std::size_t i = length.size(); i-- > 0;) size = size * 256 + static_cast<unsigned char>(length[i]);
  if (size > kMaxHeader) fail("its header is too large: " + counted(size, "byte"));
  return take(source, size);
}

std::vector<std::int64_t> shape_in(const std::string& text) {
  static const std::regex kNumber("[0-9]+");
  std::vector<std::int64_t> shape;
  for (std::sregex_iterator it(text.begin(), text.end(), kNumber), end; it != end; ++it) {
    const std::string digits = it->str();
    std::int64_t size = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (parsed.ec != std::errc() || size > kMaxSize) fail("it is too large: size " + digits);
    shape.push_back(size);
  }
  if (shape.size() > kMaxDimensions)
    fail(concat("it has ", shape.size(), " dimensions; at most ", kMaxDimensions, " are supported"));
  return shape;
}

}  // namespace

std::vector<std::string> arrays_in(const std::filesystem::path& path, std::string_view role) {
  std::vector<std::string> arrays;
  try {
    for (ZipReader zip(path, role); zip.next();) {
      const std::string& name = zip.name();
      if (name.ends_with(kNpySuffix)) arrays.push_back(name.substr(0, name.size() - kNpySuffix.size()));
    }
  } catch (const InputError&) {
    throw;
  } catch (const std::runtime_error&) {
    throw InputError(concat(role, " ", path.string(), ": not an .npz file, or truncated"));
  }
  return arrays;
}

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

/// A header is a Python dictionary of three entries, in any order. std::regex recurses once per character,
/// so spaces are removed first, and a header that is still long is refused.
NpyHeader read_npy_header(const ByteSource& source) {
  constexpr std::size_t kLongest = 4096;
  std::string header = header_text(source);
  std::erase(header, ' ');
  const std::string unread = "its type is not supported (structured, or damaged)";
  if (header.size() > kLongest) fail(unread);
  static const std::regex kType(R"('descr'\s*:\s*'([<>|=])([a-zA-Z])([0-9]{1,6})')");
  static const std::regex kOrder(R"('fortran_order'\s*:\s*(True|False))");
  static const std::regex kShape(R"('shape'\s*:\s*\(([0-9, ]*)\))");
  std::smatch type;
  std::smatch order;
  std::smatch shape;
  if (!std::regex_search(header, type, kType)) fail(unread);
  if (!std::regex_search(header, order, kOrder) || !std::regex_search(header, shape, kShape)) {
    fail("its header is damaged");
  }
  return {type[1].str() + type[2].str() + type[3].str(), order[1] == "True", shape_in(shape[1].str())};
}

std::string in_words(const NpyHeader& header) {
  const std::string width = header.type.substr(2);
  const char kind = header.type[1];
  std::string name = header.type;
  if (kind == 'f' || kind == 'i' || kind == 'u') {
    const std::string_view word = kind == 'f' ? "float" : kind == 'i' ? "int" : "uint";
    name = concat(word, std::stoul(width) * 8);
  }
  std::string sizes;
  for (const std::int64_t size : header.shape) sizes += concat(sizes.empty() ? "" : ", ", size);
  return concat(name, " [", sizes, "]");
}

}  // namespace tise
