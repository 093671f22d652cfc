#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tise {

/// Reads up to `size` bytes; fewer only at the end. Throws std::runtime_error where they are damaged.
using ByteSource = std::function<std::size_t(char* data, std::size_t size)>;

/// The members of a zip file, one after another. All but the constructor throw std::runtime_error if the
/// file is not a zip file, or is truncated or damaged.
class ZipReader {
 public:
  /// Throws InputError `<role> <path>: <why>` if the file is missing or unreadable.
  ZipReader(const std::filesystem::path& path, std::string_view role);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  /// Goes to the next member. Returns whether there is one.
  bool next();
  const std::string& name() const { return name_; }
  /// The bytes that the member says it has.
  std::int64_t size() const { return size_; }
  /// Reads on in the member, as a ByteSource does; at its end its sum is checked.
  std::size_t read(char* data, std::size_t size);

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::string name_;
  std::int64_t size_ = 0;
};

}  // namespace tise
