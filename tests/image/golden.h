#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tise/base/files.h"
#include "tise/image/prepare.h"
#include "tise/models/card.h"

namespace tise::testing {

inline std::filesystem::path golden_image(const std::string& name) {
  return std::filesystem::path(TISE_TEST_DATA) / "image" / "data" / name;
}

/// The list of cases that make_golden.py wrote.
inline nlohmann::json expected(const std::string& part) {
  return nlohmann::json::parse(read_text(golden_image(part + "/expected.json"), "golden"));
}

inline std::vector<std::uint8_t> bytes_of(const std::string& name) {
  return read_bytes(golden_image(name), "golden");
}

/// Parses the `input` of a card, here for a network that accepts images of any size.
inline image::Preparation preparation_of(const nlohmann::ordered_json& input) {
  const nlohmann::ordered_json card{
      {"schema", 1}, {"kind", "counter"}, {"name", "golden"}, {"labels", {"dog"}}, {"input", input}};
  return models::parse_card(card.dump(), "golden").input;
}

/// A test image; make_golden.py draws the same one.
inline image::Pixels drawn(int width, int height) {
  image::Pixels pixels{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        pixels.rgb.push_back(static_cast<std::uint8_t>((x * x + 3 * y * y + x * y * (c + 1) + 41 * c) % 256));
    }
  }
  return pixels;
}

inline std::string hash_of(const at::Tensor& tensor) {
  return sha256_hex(tensor.const_data_ptr(), tensor.nbytes());
}

}  // namespace tise::testing
