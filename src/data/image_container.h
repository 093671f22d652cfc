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

/// A file that holds many images and is read without unpacking: an archive, or an array.
///
/// It is read forward, so images are fastest to read in the order of their places. Entries that are passed
/// on the way are kept in memory for a while, for threads that ask for them a little later.
class ImageContainer {
 public:
  struct Entry {
    std::string name;       ///< its path in the archive, with `/`
    std::size_t place = 0;  ///< its index among all entries
  };

  struct Contents {
    std::vector<Entry> images;
    std::vector<Entry> texts;  ///< files that may describe the image next to them
    LeftOut left_out;
  };

  /// `shown`: its name in messages.
  ImageContainer(std::filesystem::path path, std::string role, std::string shown);
  ImageContainer(const ImageContainer&) = delete;
  ImageContainer& operator=(const ImageContainer&) = delete;
  virtual ~ImageContainer();

  /// Lists what is in it. Throws InputError `<role> <path>: …` if it is damaged or can't be read.
  virtual Contents contents() const = 0;

  /// The bytes of an entry. May be called by several threads. Throws InputError if there are more than
  /// `most` bytes, or if they can't be read.
  std::vector<std::uint8_t> read(std::size_t place, std::size_t most) const;

  const std::filesystem::path& path() const { return path_; }
  const std::string& role() const { return role_; }
  const std::string& shown() const { return shown_; }

  /// The format of the user's images if it differs from that of the bytes that `read` gives; else empty.
  virtual std::string_view format() const { return {}; }

  /// The state of the file before anything was read from it.
  const std::optional<FileState>& state() const { return state_; }

 protected:
  /// Reads the file from beginning to end, one entry after another.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// Advances to the next entry. Returns false at the end.
    virtual bool next() = 0;
    /// Whether a thread that is a little behind may ask for the entry.
    virtual bool may_be_wanted() const = 0;
    /// The entry's bytes.
    virtual std::vector<std::uint8_t> content(std::size_t most) = 0;
  };
  virtual std::unique_ptr<Reader> open() const = 0;

  [[noreturn]] void fail(const std::string& why) const;
  void check_readable() const;
  /// Throws InputError if the file has changed.
  void check_unchanged() const;

 private:
  void keep(std::size_t place, std::vector<std::uint8_t> bytes) const;

  std::filesystem::path path_;
  std::string role_;
  std::string shown_;
  std::optional<FileState> state_;
  mutable std::mutex reading_;
  mutable std::unique_ptr<Reader> reader_;  // at the place where the last read stopped
  mutable std::size_t next_ = 0;            // the place that the reader comes to next
  mutable std::map<std::size_t, std::vector<std::uint8_t>> passed_;
  mutable std::size_t passed_bytes_ = 0;
};

/// The size limit, in bytes, for passed entries that are kept in memory.
inline constexpr std::int64_t kSmallEntry = std::int64_t{16} << 20;

/// Opens a .zip or a .tar, which may be compressed, and reads its entries without unpacking anything to
/// disk. Archives in the archive are not opened and links are not followed. Its images are the entries with
/// an image extension, and those without extension that start like an image. Hidden entries are skipped.
std::shared_ptr<const ImageContainer> open_archive(const std::filesystem::path& path, const std::string& role,
                                                   const std::string& shown);

/// Opens the array `arr_0` of an .npz, uint8 [N, H, W, 3], the format of guided-diffusion's samplers. Its
/// images are named by their row numbers from 0, with as many digits as the last one has. Their bytes are
/// those of PPM files.
std::shared_ptr<const ImageContainer> open_array(const std::filesystem::path& path, const std::string& role,
                                                 const std::string& shown);

}  // namespace tise::data
