#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tise::data {

/// An image id that fits two names equally well.
class AmbiguousName : public std::runtime_error {
 public:
  AmbiguousName(const std::string& first, const std::string& second)
      : std::runtime_error("fits both \"" + first + "\" and \"" + second + "\"") {}
};

/// Finds names by image id: the name itself first, then the name without its image extension, then the id
/// without its own (a caption of `b.jpg` finds `b.png`).
class NameIndex {
 public:
  explicit NameIndex(const std::vector<std::string>& names);

  struct Found {
    std::size_t index = 0;
    bool other_extension = false;  ///< the id has an image extension, and it isn't the name's
  };
  /// Throws AmbiguousName.
  std::optional<Found> find(std::string_view id) const;

 private:
  std::optional<std::size_t> find_stem(const std::string& stem) const;

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_stem_;
};

}  // namespace tise::data
