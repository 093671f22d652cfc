// EXIF: a TIFF directory of tags. One of them states how the camera was held (CIPA DC-008, 4.6.4: 0112H).

#include "formats.h"

namespace tise::image {

int exif_orientation(Bytes exif) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::size_t kEntry = 12;
  constexpr std::uint32_t kMostEntries = 4096;
  try {
    const ByteReader start(exif, ByteReader::Order::kBig);
    if (exif.size() > kExifPrefix.size() && start.text(0, kExifPrefix.size()) == kExifPrefix)
      exif = exif.subspan(kExifPrefix.size());
    const std::string_view order = ByteReader(exif, ByteReader::Order::kBig).text(0, 2);
    if (order != "II" && order != "MM") return 1;
    const ByteReader reader(exif, order == "II" ? ByteReader::Order::kLittle : ByteReader::Order::kBig);
    const std::size_t directory = reader.u32(4);
    const std::uint32_t entries = std::min(reader.u16(directory), kMostEntries);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + i * kEntry;
      if (reader.u16(entry) != kOrientation) continue;
      const std::uint32_t value = reader.u16(entry + 8);
      return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
  } catch (const DecodeError&) {  // truncated: no orientation
  }
  return 1;
}

}  // namespace tise::image
