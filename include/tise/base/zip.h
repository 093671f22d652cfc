#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tise {

/// Reads up to `size` bytes; fewer only at the end. Throws std::runtime_error if the data is damaged.
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

  /// Advances to the next member. Returns false at the end.
  bool next();
  const std::string& name() const { return name_; }
  /// The member's size in bytes, as the zip file states it.
  std::int64_t size() const { return size_; }
  /// Reads from the member, as a ByteSource does; verifies the checksum at its end.
  std::size_t read(char* data, std::size_t size);

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::string name_;
  std::int64_t size_ = 0;
};

}  // namespace tise
