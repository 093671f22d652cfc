// JPEG (ITU-T T.81, annex B): segments, each a marker and a length; a scan's data follows its SOS segment
// without a length and ends at the first marker that is neither a restart nor a stuffed FF 00.
//
// libjpeg fills what a truncated file lacks with grey and only warns, so the end is looked for here.

#include "formats.h"

namespace tise::image {
namespace {

enum Marker : std::uint32_t { kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA, kApp14 = 0xEE, kTem = 0x01 };

bool is_restart(std::uint32_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

/// SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

class Walk {
 public:
  explicit Walk(Bytes bytes) : reader_(bytes, ByteReader::Order::kBig) {}

  Size to_the_end() {
    while (true) {
      const std::uint32_t marker = next_marker();
      if (marker == kEoi) break;
      if (marker == kTem || is_restart(marker)) continue;
      const std::size_t length = reader_.u16(at_);
      if (length < 2) throw DecodeError("corrupt: a JPEG segment without length");
      see(marker);
      at_ += length;
    }
    if (components_ == 0) throw DecodeError("corrupt: a JPEG without a frame header");
    if (components_ == 4 && !adobe_) throw DecodeError("a CMYK JPEG without Adobe's marker is not supported");
    return size_;
  }

 private:
  /// Skips to what follows the next marker, over a scan's data where there is any.
  std::uint32_t next_marker() {
    while (true) {
      at_ = reader_.find(0xFF, at_);
      while (reader_.u8(at_) == 0xFF) ++at_;
      const std::uint32_t marker = reader_.u8(at_++);
      if (marker != 0) return marker;
    }
  }

  void see(std::uint32_t marker) {
    if (is_frame(marker) && components_ == 0) {
      size_ = {reader_.u16(at_ + 5), reader_.u16(at_ + 3)};
      components_ = reader_.u8(at_ + 7);
    }
    if (marker == kApp14 && reader_.u16(at_) >= 7) adobe_ |= reader_.text(at_ + 2, 5) == "Adobe";
  }

  ByteReader reader_;
  std::size_t at_ = 2;
  Size size_;
  std::uint32_t components_ = 0;
  bool adobe_ = false;
};

}  // namespace

Size inspect_jpeg(Bytes bytes) { return Walk(bytes).to_the_end(); }

}  // namespace tise::image
