// Netpbm's formats: `P1` to `P6`, width, height and (except in bitmaps) the maximum value, in decimal,
// separated by white space and comments. In P4 to P6, one white-space character and the pixels as bytes
// follow.

#include "formats.h"

namespace tise::image {
namespace {

bool is_space(std::uint32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Header {
 public:
  explicit Header(Bytes bytes) : reader_(bytes, ByteReader::Order::kBig) {}

  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; reader_.u8(at_) >= '0' && reader_.u8(at_) <= '9' && value <= kMaxPixels; ++at_) {
      value = 10 * value + (reader_.u8(at_) - '0');
    }
    if (at_ == start) throw DecodeError("corrupt: a number is missing in the PNM header");
    return value;
  }
  void need_pixels(std::size_t bytes) const { reader_.need(at_ + 1, bytes); }

 private:
  void skip_space() {
    while (is_space(reader_.u8(at_)) || reader_.u8(at_) == '#') {
      if (reader_.u8(at_) == '#') at_ = reader_.find('\n', at_);
      ++at_;
    }
  }

  ByteReader reader_;
  std::size_t at_ = 2;
};

}  // namespace

Size inspect_pnm(Bytes bytes) {
  const char kind = static_cast<char>(bytes[1]);
  const bool bitmap = kind == '1' || kind == '4';
  Header header(bytes);
  const Size size{header.number(), header.number()};
  const std::int64_t maximum = bitmap ? 1 : header.number();
  if (!bitmap && maximum != 255) {
    throw DecodeError("a PNM with maximum value " + std::to_string(maximum) +
                      " is not supported, only 255; convert it to PNG");
  }
  if (size.width == 0 || size.height == 0 || size.width > kMaxPixels / size.height) return size;
  const std::int64_t row = kind == '4' ? (size.width + 7) / 8 : size.width * (kind == '6' ? 3 : 1);
  if (kind >= '4') header.need_pixels(static_cast<std::size_t>(row * size.height));
  return size;
}

}  // namespace tise::image
