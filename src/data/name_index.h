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
  /// Places by name.
  class Names {
   public:
    void add(const std::string& name, std::size_t index);
    /// Those with exactly this name, else those that are the same in form C.
    std::vector<std::size_t> find(const std::string& name) const;

   private:
    using Places = std::unordered_map<std::string, std::vector<std::size_t>>;
    Places as_written_;
    Places composed_;  ///< of those whose form C is another text, by that
  };

  std::optional<std::size_t> only(const std::vector<std::size_t>& fitting) const;

  std::vector<std::string> names_;
  Names whole_;
  Names stems_;
};

}  // namespace tise::data
