#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tise/base/files.h"
#include "tise/image/prepare.h"

namespace tise::image::testing {

inline std::filesystem::path data(const std::string& name) {
  return std::filesystem::path(TISE_TEST_DATA) / "image" / "data" / name;
}

/// What make_golden.py wrote: a list of cases.
inline nlohmann::json expected(const std::string& part) {
  return nlohmann::json::parse(read_text(data(part + "/expected.json"), "golden"));
}

inline std::vector<std::uint8_t> bytes_of(const std::string& name) {
  return read_bytes(data(name), "golden");
}

inline Preparation preparation_of(const nlohmann::json& input) {
  return {.width = input.at("width"),
          .height = input.at("height"),
          .resize = parse_resize(input.at("resize").get<std::string>()),
          .fit = parse_fit(input.at("fit").get<std::string>()),
          .range = parse_range(input.at("range").get<std::string>()),
          .mean = input.at("mean"),
          .std = input.at("std")};
}

inline std::string hash_of(const at::Tensor& tensor) {
  return sha256_hex(tensor.const_data_ptr(), tensor.nbytes());
}

}  // namespace tise::image::testing
