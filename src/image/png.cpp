// PNG (ISO/IEC 15948): a signature, then chunks of length, type, data and CRC.
//
// Gamma, color profiles and transparency are ignored, as in Pillow's convert("RGB"). 16-bit samples keep
// their upper byte. For grayscale this departs from Pillow, which clips them to white.

#include <png.h>
#include <zlib.h>

#include <csetjmp>
#include <cstring>

#include "formats.h"

namespace tise::image {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kFrame = 12;  // bytes of a chunk around its data

struct Chunk {
  std::string_view type;
  Bytes whole;  ///< including length, type and CRC

  Bytes data() const { return whole.subspan(8, whole.size() - kFrame); }
};

Chunk chunk_at(Bytes bytes, std::size_t at) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  const std::size_t length = reader.u32(at);
  reader.need(at, length + kFrame);
  return {reader.text(at + 4, 4), bytes.subspan(at, length + kFrame)};
}

void check_crc(const Chunk& chunk) {
  const ByteReader reader(chunk.whole, ByteReader::Order::kBig);
  const std::size_t end = chunk.whole.size() - 4;
  const auto crc = crc32_z(0, chunk.whole.data() + 4, end - 4);
  if (crc != reader.u32(end)) {
    throw DecodeError("corrupt: wrong checksum in PNG chunk " + std::string(chunk.type));
  }
}

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  Bytes& rest = *static_cast<Bytes*>(png_get_io_ptr(png));
  if (count > rest.size()) png_error(png, "truncated");
  std::memcpy(to, rest.data(), count);
  rest = rest.subspan(count);
}

/// Reads the image as RGB into `rows`. Returns false on an error. No object here may have a destructor, since
/// an error jumps over it.
bool read_rows(png_structp png, png_infop info, Size size, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_info(png, info);
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (std::int64_t{png_get_image_height(png, info)} != size.height ||
      static_cast<std::int64_t>(png_get_rowbytes(png, info)) != 3 * size.width) {
    return false;
  }
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

Size inspect_png(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  if (chunk_at(bytes, kSignature).type != "IHDR") throw DecodeError("corrupt: a PNG without an IHDR chunk");
  Size size{reader.u32(kSignature + 8), reader.u32(kSignature + 12)};
  for (std::size_t at = kSignature;;) {
    const Chunk chunk = chunk_at(bytes, at);
    check_crc(chunk);
    if (chunk.type == "acTL") size.frames = reader.u32(at + 8);
    if (chunk.type == "eXIf") size.orientation = exif_orientation(chunk.data());
    if (chunk.type == "IEND") return size;
    at += chunk.whole.size();
  }
}

Pixels decode_png(Bytes bytes, Size size) {
  Pixels pixels{static_cast<int>(size.width), static_cast<int>(size.height), {}};
  const auto row_bytes = static_cast<std::size_t>(3 * size.width);
  pixels.rgb.resize(row_bytes * static_cast<std::size_t>(size.height));
  std::vector<png_bytep> rows;
  for (std::size_t at = 0; at < pixels.rgb.size(); at += row_bytes) rows.push_back(&pixels.rgb[at]);

  // libpng doesn't write to stderr with these handlers, and jumps back on an error.
  png_structp png = png_create_read_struct(
      PNG_LIBPNG_VER_STRING, nullptr, [](png_structp failed, png_const_charp) { png_longjmp(failed, 1); },
      [](png_structp, png_const_charp) {});
  png_infop info = png_create_info_struct(png);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // `check` has limited the size
  png_set_read_fn(png, &bytes, &read_bytes);
  const bool is_read = read_rows(png, info, size, rows.data());
  png_destroy_read_struct(&png, &info, nullptr);
  if (!is_read) throw DecodeError("corrupt: cannot be decoded");
  return pixels;
}

}  // namespace tise::image
