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
  AmbiguousName(const std::string& first, const std::string& second, const std::string& why)
      : std::runtime_error("fits both \"" + first + "\" and \"" + second + "\"" + why) {}
};

/// Finds names by image id: the name itself first, then the name without its image extension, then the id
/// without its own (a caption of `b.jpg` finds `b.png`). Each of them as written, else whatever the Unicode
/// normalization form: macOS may have taken `é` apart in the names of files.
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
  /// By what a text is in form C.
  using Places = std::unordered_map<std::string, std::vector<std::size_t>>;

  /// The one place whose name has this text: exactly, else the same in form C.
  template <class Text>
  std::optional<std::size_t> only(const Places& places, const std::string& wanted, const Text& text) const;

  std::vector<std::string> names_;
  Places by_name_;
  Places by_stem_;
};

}  // namespace tise::data
