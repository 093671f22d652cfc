#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/images.h"
#include "tise/data/left_out.h"

namespace tise::data {

/// A file that holds many images, which are read where they are: an archive, or an array.
///
/// It is read forwards: images are quick to have in the order of their places. Threads that ask for
/// neighbours in some other order find those that were passed in memory.
class ImageContainer {
 public:
  struct Entry {
    std::string name;       ///< its path in the archive, with `/`
    std::size_t place = 0;  ///< among all entries
  };

  struct Contents {
    std::vector<Entry> images;
    std::vector<Entry> texts;  ///< that may describe the image next to them
    LeftOut left_out;
  };

  /// `shown`: what messages call it.
  ImageContainer(std::filesystem::path path, std::string role, std::string shown);
  ImageContainer(const ImageContainer&) = delete;
  ImageContainer& operator=(const ImageContainer&) = delete;
  virtual ~ImageContainer();

  /// What is in it. Throws InputError `<role> <path>: …` where it is damaged, or nothing that is read.
  virtual Contents contents() const = 0;

  /// The bytes of an entry; may be called by several threads. Throws InputError if there are more than
  /// `most`, or they can't be read.
  std::vector<std::uint8_t> read(std::size_t place, std::size_t most) const;

  const std::filesystem::path& path() const { return path_; }
  const std::string& role() const { return role_; }
  const std::string& shown() const { return shown_; }

  /// Of the user's images, where that isn't the format of the bytes that `read` gives; else empty.
  virtual std::string_view format() const { return {}; }

  /// Of its file, before anything was read of it.
  const std::optional<FileState>& state() const { return state_; }

 protected:
  /// The file from its beginning to its end, an entry after another.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// Goes to the next entry. Returns whether there is one.
    virtual bool next() = 0;
    /// Whether the entry may be wanted by a thread that is a little behind.
    virtual bool may_be_wanted() const = 0;
    /// The entry's bytes.
    virtual std::vector<std::uint8_t> content(std::size_t most) = 0;
  };
  virtual std::unique_ptr<Reader> open() const = 0;

  [[noreturn]] void fail(const std::string& why) const;
  void check_readable() const;
  /// Throws InputError if the file isn't the one that it was.
  void check_unchanged() const;

 private:
  void keep(std::size_t place, std::vector<std::uint8_t> bytes) const;

  std::filesystem::path path_;
  std::string role_;
  std::string shown_;
  std::optional<FileState> state_;
  mutable std::mutex reading_;
  mutable std::unique_ptr<Reader> reader_;  // where the last one stopped
  mutable std::size_t next_ = 0;            // the place that it comes to next
  mutable std::map<std::size_t, std::vector<std::uint8_t>> passed_;
  mutable std::size_t passed_bytes_ = 0;
};

/// An entry that is larger isn't kept for threads that are behind.
inline constexpr std::int64_t kSmallEntry = std::int64_t{16} << 20;

/// A .zip or a .tar, which may be compressed, whose entries are read where they are. Nothing is unpacked to
/// disk, archives in the archive are not opened, links are not followed. Its images are the entries that are
/// images by their names, or by their content if they have no extension; hidden ones are passed over.
std::shared_ptr<const ImageContainer> open_archive(const std::filesystem::path& path, const std::string& role,
                                                   const std::string& shown);

/// The array `arr_0` of an .npz, uint8 [N, H, W, 3], as guided-diffusion's samplers write it. Its images are
/// called by their rows' numbers, from 0, of as many digits as the last one has. Their bytes are those of
/// PPM files.
std::shared_ptr<const ImageContainer> open_array(const std::filesystem::path& path, const std::string& role,
                                                 const std::string& shown);

}  // namespace tise::data
