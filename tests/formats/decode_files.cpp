// Decodes each file in a folder as the program would. FOLDER/a.tif becomes OUTPUT/a.tif.ppm or, if it is
// refused, OUTPUT/a.tif.txt with the reason.
//
//   tise-decode-files FOLDER OUTPUT

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tise/base/files.h"
#include "tise/image/decode.h"

namespace {

namespace fs = std::filesystem;

void decode_file(const fs::path& file, const fs::path& output) {
  std::ofstream to;
  try {
    const tise::image::Pixels pixels = tise::image::decode(tise::read_bytes(file, "image"));
    to.open(output / (file.filename().string() + ".ppm"), std::ios::binary);
    to << "P6 " << pixels.width << ' ' << pixels.height << " 255\n";
    to.write(reinterpret_cast<const char*>(pixels.rgb.data()),
             static_cast<std::streamsize>(pixels.rgb.size()));
  } catch (const tise::image::DecodeError& error) {
    to.open(output / (file.filename().string() + ".txt"));
    to << error.what() << '\n';
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::cerr.setstate(std::ios::failbit);  // as in main.cpp
  if (count != 3) {
    std::cout << "usage: tise-decode-files FOLDER OUTPUT\n";
    return 2;
  }
  fs::create_directories(arguments[2]);
  for (const auto& entry : fs::directory_iterator(arguments[1])) decode_file(entry.path(), arguments[2]);
}
