#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/data/captions.h"

namespace tise::testing {

inline void write(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

/// Reads captions from a file with this content.
inline data::Captions captions_of(std::string_view content) {
  const TempFolder folder;
  write(folder / "captions.txt", content);
  return data::read_captions(folder / "captions.txt");
}

/// The message of the InputError that `action` throws, without the temporary folder's name; empty if it
/// throws none.
template <typename Action>
std::string complaint(Action action) {
  try {
    action();
    return "";
  } catch (const InputError& error) {
    std::string text = error.what();
    const std::string start = std::filesystem::temp_directory_path().string() + "/tise-test-";
    for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start)) {
      const std::size_t length = start.size() + 6;
      text.erase(at, text.substr(at + length).starts_with('/') ? length + 1 : length);
    }
    return text;
  }
}

inline std::string complaint_about(std::string_view content) {
  return complaint([&] { captions_of(content); });
}

}  // namespace tise::testing
