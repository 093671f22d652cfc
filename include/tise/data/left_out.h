#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// What looks like images below a place and is not read, by its names (valid UTF-8, in bytewise order).
struct LeftOut {
  std::vector<std::string> archives;     ///< of a folder that has image files too
  std::vector<std::string> nested;       ///< archives in archives
  std::vector<std::string> other_names;  ///< start like images, but are named otherwise
  std::vector<std::string> hidden;       ///< images under hidden names

  bool any() const { return !archives.empty() || !nested.empty() || !other_names.empty() || !hidden.empty(); }
  void sort();
};

/// A sentence for each kind of what is left out of a place: what, how many, and how to have it read. `flag`
/// is the one that named the place.
std::vector<std::string> sentences(const LeftOut& left_out, const std::filesystem::path& place,
                                   std::string_view flag);

/// `{"archives": {"count": 2, "first": ["00000.tar", …]}, …}`: only the kinds that there are.
nlohmann::ordered_json to_json(const LeftOut& left_out);

}  // namespace tise::data
