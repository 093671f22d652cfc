// JPEG (ITU-T T.81, annex B): segments, each a marker and a length; a scan's data follows its SOS segment
// without a length and ends at the first marker that is neither a restart nor a stuffed FF 00.
//
// libjpeg fills the missing part of a truncated file with gray and only warns, so the end is looked for
// first.

// clang-format off
#include <cstdio>  // used but not included by jpeglib.h
#include <jpeglib.h>
// clang-format on

#include <csetjmp>

#include "formats.h"

namespace tise::image {
namespace {

enum Marker : std::uint32_t {
  kSoi = 0xD8,
  kEoi = 0xD9,
  kSos = 0xDA,
  kApp1 = 0xE1,
  kJpegLs = 0xF7,
  kTem = 0x01
};

bool is_restart(std::uint32_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

/// SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

class Walk {
 public:
  explicit Walk(Bytes bytes) : bytes_(bytes), reader_(bytes, ByteReader::Order::kBig) {}

  Size to_the_end() {
    while (true) {
      const std::uint32_t marker = next_marker();
      if (marker == kEoi) break;
      if (marker == kTem || is_restart(marker)) continue;
      const std::size_t length = reader_.u16(at_);
      if (length < 2) throw DecodeError("corrupt: a JPEG segment has an invalid length");
      see(marker, length);
      at_ += length;
    }
    if (components_ == 0) throw DecodeError("corrupt: a JPEG without a frame header");
    if (components_ != 1 && components_ != 3 && components_ != 4) {
      throw DecodeError("a JPEG with " + std::to_string(components_) +
                        " components is not supported; convert it to PNG");
    }
    return size_;
  }

 private:
  /// Skips past the next marker, and any scan data before it. Returns the marker.
  std::uint32_t next_marker() {
    while (true) {
      at_ = reader_.find(0xFF, at_);
      while (reader_.u8(at_) == 0xFF) ++at_;
      const std::uint32_t marker = reader_.u8(at_++);
      if (marker != 0) return marker;
    }
  }

  void see(std::uint32_t marker, std::size_t length) {
    if (marker == kApp1 && !has_exif_ && reader_.has_at(at_ + 2, kExifPrefix)) {
      reader_.need(at_, length);
      has_exif_ = true;
      size_.orientation = exif_orientation(bytes_.subspan(at_ + 2, length - 2));
    }
    if (marker == kJpegLs) throw DecodeError("JPEG-LS is not supported; convert it to PNG");
    if (is_frame(marker) && components_ == 0) {
      if (marker % 4 == 3) throw DecodeError("a lossless JPEG is not supported; convert it to PNG");
      const std::uint32_t bits = reader_.u8(at_ + 2);
      if (bits != 8)
        throw DecodeError("a JPEG with " + std::to_string(bits) +
                          " bits per sample is not supported; convert it to PNG");
      size_.width = reader_.u16(at_ + 5);
      size_.height = reader_.u16(at_ + 3);
      components_ = reader_.u8(at_ + 7);
    }
  }

  Bytes bytes_;
  ByteReader reader_;
  std::size_t at_ = 2;
  Size size_;
  bool has_exif_ = false;
  std::uint32_t components_ = 0;
};

/// libjpeg exits on an error. With these handlers it jumps back instead, and doesn't write to stderr.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf back;
};

void start(jpeg_decompress_struct& jpeg, Errors& errors) {
  jpeg.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = [](j_common_ptr failed) {
    std::longjmp(reinterpret_cast<Errors*>(failed->err)->back, 1);
  };
  errors.base.output_message = [](j_common_ptr) {};
}

/// Reads the rows into `pixels`; `row` is a buffer for one row of four channels. Returns false on an error.
/// No object here may have a destructor, since an error jumps over it.
bool read_rows(jpeg_decompress_struct& jpeg, Errors& errors, Bytes bytes, Size size, std::uint8_t* row,
               std::uint8_t* pixels) {
  if (setjmp(errors.back) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, bytes.data(), bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  const bool is_cmyk = jpeg.num_components == 4;
  jpeg.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  if (jpeg.output_width != size.width || jpeg.output_height != size.height) return false;
  while (jpeg.output_scanline < jpeg.output_height) {
    std::uint8_t* rgb = pixels + std::size_t{3} * jpeg.output_width * jpeg.output_scanline;
    JSAMPROW to = is_cmyk ? row : rgb;
    jpeg_read_scanlines(&jpeg, &to, 1);
    for (JDIMENSION x = 0; is_cmyk && x < jpeg.output_width; ++x) {
      // Adobe's programs write inverted CMYK. Pillow assumes that all CMYK is theirs.
      for (int c = 0; c < 4; ++c) row[4 * x + c] ^= 0xFF;
      cmyk_to_rgb(&row[4 * x], &rgb[3 * x]);
    }
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

}  // namespace

Size inspect_jpeg(Bytes bytes) { return Walk(bytes).to_the_end(); }

Pixels decode_jpeg(Bytes bytes, Size size) {
  Pixels pixels{static_cast<int>(size.width), static_cast<int>(size.height), {}};
  pixels.rgb.resize(static_cast<std::size_t>(3 * size.width * size.height));
  std::vector<std::uint8_t> row(static_cast<std::size_t>(4 * size.width));
  jpeg_decompress_struct jpeg{};
  Errors errors{};
  start(jpeg, errors);
  const bool is_read = read_rows(jpeg, errors, bytes, size, row.data(), pixels.rgb.data());
  jpeg_destroy_decompress(&jpeg);
  if (!is_read) throw DecodeError("corrupt: cannot be decoded");
  return pixels;
}

}  // namespace tise::image
