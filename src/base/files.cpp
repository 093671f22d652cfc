#include "tise/base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"

namespace tise {
namespace {

namespace fs = std::filesystem;

/// Separates a file's name from the id of the process that writes it.
constexpr std::string_view kPartial = ".partial-";
constexpr std::size_t kBlock = std::size_t{1} << 16U;

[[noreturn]] void fail(std::string_view role, const fs::path& path, const std::string& why) {
  throw InputError(std::string(role) + " " + path.string() + ": " + why);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Why a file can't be written into what isn't a folder.
std::string no_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder, ignored)) return concat(folder.string(), " is not a folder");
  return concat("its folder ", folder.string(), " does not exist; create it first");
}

std::string reason(int error) { return reason_of({error, std::generic_category()}); }

bool is_open(int descriptor, int wrong_mode) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != wrong_mode;
}

/// This process's descriptor that a path such as /dev/fd/3 stands for. Such a file must not be reopened,
/// which would write from its beginning, nor renamed over, which would detach it from others that write to
/// it.
std::optional<int> open_descriptor(const fs::path& path) {
  if (path == kStandardStream || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  const std::string name = path.filename().string();
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  const fs::path folder = path.parent_path();
  if (!is_number || (folder != "/dev/fd" && folder != "/proc/self/fd")) return std::nullopt;
  return number;
}

Descriptor open_for_reading(const fs::path& path, std::string_view role) {
  if (path == kStandardStream) {
    if (!is_open(STDIN_FILENO, O_WRONLY)) throw InputError(concat(role, " (standard input): is closed"));
    return Descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(role, path, reason(errno));
  return Descriptor(fd);
}

/// Calls `sink` with blocks of the file until its end.
void read_blocks(const fs::path& path, std::string_view role,
                 const std::function<void(std::string_view)>& sink) {
  const Descriptor file = open_for_reading(path, role);
  std::array<char, 1 << 16> block;
  while (true) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(role, path, reason(errno));
    if (got == 0) return;
    sink({block.data(), static_cast<std::size_t>(got)});
  }
}

/// A temporary name in the same folder, not longer than a file name may be.
fs::path partial_name(const fs::path& target) {
  constexpr std::size_t kLongestName = 255;
  const std::string end = concat(kPartial, ::getpid());
  const std::string name = target.filename().string().substr(0, kLongestName - end.size());
  return target.parent_path() / (name + end);
}

/// `content` calls its argument once per piece.
template <typename Content>
Sha256 digest_of(const Content& content) {
  // Looked up once, since hundreds of thousands of short texts are hashed.
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kSha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex2(hash.get(), kSha256.get(), nullptr);
  content([&](std::string_view piece) { EVP_DigestUpdate(hash.get(), piece.data(), piece.size()); });
  Sha256 digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  return digest;
}

std::string hex_of(const Sha256& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int mode = fd == STDIN_FILENO ? O_WRONLY : fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    ::open("/dev/null", mode);  // takes the lowest free descriptor
  }
}

void check_standard_output(std::string_view role) {
  if (is_open(STDOUT_FILENO, O_RDONLY)) return;
  throw InputError(concat(role, " (standard output): is closed; redirect it to a file, or to /dev/null"));
}

void check_writable(const fs::path& path, std::string_view role) {
  if (path == kStandardStream) return check_standard_output(role);
  if (is_folder(path, role)) fail(role, path, "is a folder");
  if (is_pipe_or_device(path)) return;
  const fs::path target = link_target(path, role);
  const fs::path folder = folder_of(target);
  if (!is_folder(folder, role)) fail(role, path, no_folder(folder));
  if (!can_write_into(folder)) fail(role, path, "its folder is not writable");
}

void check_readable(const fs::path& path, std::string_view role) { open_for_reading(path, role); }

std::vector<std::uint8_t> read_bytes(const fs::path& path, std::string_view role, std::size_t most) {
  std::vector<std::uint8_t> bytes;
  std::error_code ignored;
  const auto size = fs::file_size(path, ignored);
  if (!ignored && size > most)
    fail(role, path, concat("has ", counted(size, "byte"), ", more than the limit of ", most));
  if (!ignored) bytes.reserve(size);
  read_blocks(path, role, [&](std::string_view block) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(block.data());
    bytes.insert(bytes.end(), data, data + block.size());
  });
  return bytes;
}

std::string read_text(const fs::path& path, std::string_view role) {
  std::string text;
  read_blocks(path, role, [&](std::string_view block) { text += block; });
  return text;
}

bool is_input_a_terminal() { return ::isatty(STDIN_FILENO) == 1; }

std::uint64_t copy_standard_input(const fs::path& path, std::string_view role,
                                  const std::function<void()>& each_block) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const auto refuse = [&](const std::string& why) {
    throw InputError(concat(role, " (standard input): ", why));
  };
  if (file.get() < 0) refuse(reason(errno));
  std::vector<char> block(std::size_t{1} << 20U);
  std::uint64_t copied = 0;
  while (true) {
    each_block();
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(reason(errno));
    if (got == 0) return copied;
    copied += static_cast<std::uint64_t>(got);
    for (std::string_view rest(block.data(), static_cast<std::size_t>(got)); !rest.empty();) {
      const ssize_t written = ::write(file.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0)
        refuse(concat("cannot be stored in ", path.parent_path().string(), ": ", reason(errno),
                      "; set $TMPDIR to another folder"));
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int Descriptor::close() { return ::close(std::exchange(fd_, -1)); }

RandomAccessFile::RandomAccessFile(const fs::path& path, std::string_view role)
    : path_(path), role_(role), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat state {};
  if (file_.get() < 0 || ::fstat(file_.get(), &state) != 0) fail(role, path, reason(errno));
  size_ = static_cast<std::uint64_t>(state.st_size);
}

bool RandomAccessFile::read(std::uint64_t place, std::span<char> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(role_, path_, reason(errno));
    if (got == 0) return false;
    place += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void write_atomically(const fs::path& path, std::string_view role, std::string_view content) {
  write_atomically(path, role, [&](const auto& write) { write(content); });
}

void write_atomically(const fs::path& path, std::string_view role,
                      const std::function<void(const std::function<void(std::string_view)>&)>& content) {
  const std::optional<int> descriptor = open_descriptor(path);
  const bool in_place = is_pipe_or_device(path);
  // A link's target is replaced, not the link; a device or a pipe is not replaced at all.
  const fs::path target = in_place ? path : link_target(path, role);
  const fs::path partial = in_place ? target : partial_name(target);
  const auto abandon = [&](int error) {
    if (!in_place) ::unlink(partial.c_str());
    if (path == kStandardStream) throw InputError(concat(role, " (standard output): ", reason(error)));
    fail(role, path, error == ENOENT ? no_folder(folder_of(target)) : reason(error));
  };
  Descriptor file(
      descriptor ? ::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0)
                 : ::open(partial.c_str(), O_WRONLY | (in_place ? 0 : O_CREAT | O_TRUNC) | O_CLOEXEC, 0666));
  if (file.get() < 0) abandon(errno);
  const auto write = [&](std::string_view rest) {
    while (!rest.empty()) {
      const ssize_t written = ::write(file.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) abandon(errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  };
  std::string waiting;  // small pieces are written together
  try {
    content([&](std::string_view piece) {
      if (waiting.size() + piece.size() > kBlock) {
        write(waiting);
        waiting.clear();
      }
      piece.size() > kBlock ? write(piece) : void(waiting += piece);
    });
    write(waiting);
  } catch (...) {
    if (!in_place) ::unlink(partial.c_str());
    throw;
  }
  if (in_place) return;
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) abandon(errno);
  if (file.close() != 0) abandon(errno);
  if (::rename(partial.c_str(), target.c_str()) != 0) abandon(errno);
}

bool is_partial(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::size_t at = name.rfind(kPartial);
  return at != std::string::npos &&
         name.find_first_not_of("0123456789", at + kPartial.size()) == std::string::npos;
}

bool is_pipe_or_device(const fs::path& path) {
  if (open_descriptor(path)) return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::is_character_file(status) || fs::is_fifo(status) || fs::is_socket(status) ||
         fs::is_block_file(status);
}

bool can_write_into(const fs::path& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

std::string sha256_hex(const void* data, std::size_t size) {
  return sha256_hex(std::string_view(static_cast<const char*>(data), size));
}

std::string sha256_hex(std::string_view text) { return hex_of(sha256(text)); }

std::string sha256_hex(const std::function<void(const std::function<void(std::string_view)>&)>& content) {
  return hex_of(digest_of(content));
}

Sha256 sha256(std::string_view text) {
  return digest_of([&](const auto& add) { add(text); });
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 2 * Sha256().size() &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string sha256_file(const fs::path& path, std::string_view role) {
  return sha256_hex([&](const auto& add) { read_blocks(path, role, add); });
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock appends a NUL
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(written));
  return text;
}

}  // namespace tise
