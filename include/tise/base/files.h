#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tise {

/// In place of a path: standard input where a file is read, standard output where one is written.
inline constexpr const char* kStandardStream = "-";

/// Opens /dev/null on standard input, output and error if they are closed, so that no file that is opened
/// later gets their place. A use of the first two fails as it would have. To be called before anything else.
void open_standard_streams();

/// Finds out early that standard output is closed. Throws InputError.
void check_standard_output(std::string_view role);

/// Fails early, before hours of work, where `write_atomically` would. Throws InputError `<role> <path>:
/// <why>`.
void check_writable(const std::filesystem::path& path, std::string_view role);

/// Throws InputError `<role> <path>: <why>` where a file isn't there or can't be read.
void check_readable(const std::filesystem::path& path, std::string_view role);

/// The whole file. Throws InputError `<role> <path>: <why>` where it isn't there, can't be read or has more
/// than so many bytes, of which nothing is read then.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, std::string_view role,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

/// The same as text.
std::string read_text(const std::filesystem::path& path, std::string_view role);

/// Whether standard input is a terminal.
bool is_input_a_terminal();

/// Writes what comes on standard input into a new file; `each_block` is called now and then. Returns how many
/// bytes came. Throws InputError.
std::uint64_t copy_standard_input(const std::filesystem::path& path, std::string_view role,
                                  const std::function<void()>& each_block);

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor();
  int get() const { return fd_; }
  int close();

 private:
  int fd_;
};

/// A file that is read in pieces, at any place, by any number of threads.
class RandomAccessFile {
 public:
  /// Throws InputError `<role> <path>: <why>`, as `read` does.
  RandomAccessFile(const std::filesystem::path& path, std::string_view role);

  /// When it was opened, in bytes.
  std::uint64_t size() const { return size_; }
  /// Fills `bytes` from a place on. Returns whether the file has that many there.
  [[nodiscard]] bool read(std::uint64_t place, std::span<char> bytes) const;

 private:
  std::filesystem::path path_;
  std::string role_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

/// Writes a file so that it is whole or not there: under a temporary name in the same folder, checked,
/// flushed to disk, then renamed. What a link stands for is replaced, and a pipe, a device (/dev/null) or an
/// open file (`-`, /dev/stdout, /dev/fd/3) is written to as it is. Throws InputError `<role> <path>: <why>`;
/// nothing is left behind.
void write_atomically(const std::filesystem::path& path, std::string_view role, std::string_view content);

/// The same in pieces: `content` calls its argument with one after another.
void write_atomically(const std::filesystem::path& path, std::string_view role,
                      const std::function<void(const std::function<void(std::string_view)>&)>& content);

/// Whether a name is one that `write_atomically` gives a file until it is whole.
bool is_partial(const std::filesystem::path& path);

/// Whether there is something that is written to rather than replaced: a pipe, /dev/null, `-`.
bool is_pipe_or_device(const std::filesystem::path& path);

/// Whether files can be made in this folder.
bool can_write_into(const std::filesystem::path& folder);

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view text);

/// SHA-256 in lower-case hex.
std::string sha256_hex(const void* data, std::size_t size);
std::string sha256_hex(std::string_view text);
/// Of a text in pieces: `content` calls its argument with one after another.
std::string sha256_hex(const std::function<void(const std::function<void(std::string_view)>&)>& content);
/// Whether a text is one.
bool is_sha256_hex(std::string_view text);
/// Of a file, read in blocks. Throws InputError.
std::string sha256_file(const std::filesystem::path& path, std::string_view role);

/// With padding, on one line.
std::string base64(std::string_view bytes);

}  // namespace tise
