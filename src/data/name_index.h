#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tise::data {

/// An image id that matches two names equally well.
class AmbiguousName : public std::runtime_error {
 public:
  AmbiguousName(const std::string& first, const std::string& second, const std::string& why)
      : std::runtime_error("matches both \"" + first + "\" and \"" + second + "\"" + why) {}
};

/// Finds names by image id: first the name itself, then the name without its image extension, then the id
/// without its own (a caption of `b.jpg` finds `b.png`). Each step first compares texts as written, then
/// ignoring the Unicode normalization form, since macOS may store `é` as two code points in file names.
class NameIndex {
 public:
  explicit NameIndex(const std::vector<std::string>& names);

  struct Found {
    std::size_t index = 0;
    bool other_extension = false;  ///< the id's image extension differs from the name's
  };
  /// Throws AmbiguousName.
  std::optional<Found> find(std::string_view id) const;

 private:
  /// The keys are texts in Unicode's form C.
  using Places = std::unordered_map<std::string, std::vector<std::size_t>>;

  /// The only place whose name has this text: exactly, else the same in form C. Throws AmbiguousName.
  template <class Text>
  std::optional<std::size_t> only(const Places& places, const std::string& wanted, const Text& text) const;

  std::vector<std::string> names_;
  Places by_name_;
  Places by_stem_;
};

}  // namespace tise::data
