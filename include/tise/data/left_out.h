#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// Names of files that look like images but are not read (valid UTF-8, in bytewise order).
struct LeftOut {
  std::vector<std::string> archives;     ///< archives in a folder that also has image files
  std::vector<std::string> nested;       ///< archives in archives
  std::vector<std::string> other_names;  ///< files that start like images but are named differently
  std::vector<std::string> hidden;       ///< images with hidden names

  bool any() const { return !archives.empty() || !nested.empty() || !other_names.empty() || !hidden.empty(); }
  void sort();
};

/// One sentence per kind of file left out of a place: which, how many, and how to have them read. `flag` is
/// the flag that named the place.
std::vector<std::string> sentences(const LeftOut& left_out, const std::filesystem::path& place,
                                   std::string_view flag);

/// `{"archives": {"count": 2, "first": ["00000.tar", …]}, …}`: only kinds with files.
nlohmann::ordered_json to_json(const LeftOut& left_out);

}  // namespace tise::data
