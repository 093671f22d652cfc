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

/// In place of a path: standard input if the file is read, standard output if it is written.
inline constexpr const char* kStandardStream = "-";

/// Opens /dev/null for each of standard input, output and error that is closed, so that no file opened later
/// takes its descriptor. Reading standard input and writing standard output still fail. Call this before
/// anything else.
void open_standard_streams();

/// Throws InputError if standard output is closed, so that a run fails early.
void check_standard_output(std::string_view role);

/// Throws InputError `<role> <path>: <why>` if `write_atomically` would fail, so that a run fails before
/// hours of work.
void check_writable(const std::filesystem::path& path, std::string_view role);

/// Throws InputError `<role> <path>: <why>` if a file is missing or unreadable.
void check_readable(const std::filesystem::path& path, std::string_view role);

/// Reads the whole file. Throws InputError `<role> <path>: <why>` if it is missing, unreadable or a regular
/// file of more than `most` bytes, which is then not read at all.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, std::string_view role,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

/// The same as text.
std::string read_text(const std::filesystem::path& path, std::string_view role);

/// Whether standard input is a terminal.
bool is_input_a_terminal();

/// Copies standard input into a new file and calls `each_block` before each block. Returns the number of
/// bytes copied. Throws InputError.
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

/// A file read in pieces, at any offset, by any number of threads.
class RandomAccessFile {
 public:
  /// Throws InputError `<role> <path>: <why>`, as `read` does.
  RandomAccessFile(const std::filesystem::path& path, std::string_view role);

  /// In bytes, when the file was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `bytes` from an offset on. Returns false if the file ends before that.
  [[nodiscard]] bool read(std::uint64_t place, std::span<char> bytes) const;

 private:
  std::filesystem::path path_;
  std::string role_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

/// Writes a file so that it either exists in full or not at all: writes to a temporary name in the same
/// folder, flushes it to disk, then renames it. If the path is a link, its target is replaced. A pipe, a
/// device (/dev/null) or an open file (`-`, /dev/stdout, /dev/fd/3) is written to directly. Throws
/// InputError `<role> <path>: <why>` and leaves no partial file behind.
void write_atomically(const std::filesystem::path& path, std::string_view role, std::string_view content);

/// The same in pieces: `content` calls its argument once per piece.
void write_atomically(const std::filesystem::path& path, std::string_view role,
                      const std::function<void(const std::function<void(std::string_view)>&)>& content);

/// Whether a path has a temporary name that `write_atomically` uses.
bool is_partial(const std::filesystem::path& path);

/// Whether `write_atomically` writes to the path directly instead of replacing it: a pipe, /dev/null, `-`.
bool is_pipe_or_device(const std::filesystem::path& path);

/// Whether files can be created in this folder.
bool can_write_into(const std::filesystem::path& folder);

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view text);

/// SHA-256 in lower-case hex.
std::string sha256_hex(const void* data, std::size_t size);
std::string sha256_hex(std::string_view text);
/// Of a text in pieces: `content` calls its argument once per piece.
std::string sha256_hex(const std::function<void(const std::function<void(std::string_view)>&)>& content);
/// Whether a text is a SHA-256 in lower-case hex.
bool is_sha256_hex(std::string_view text);
/// Of a file, read in blocks. Throws InputError.
std::string sha256_file(const std::filesystem::path& path, std::string_view role);

/// With padding, on one line.
std::string base64(std::string_view bytes);

}  // namespace tise
