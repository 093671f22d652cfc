// An advisory lock (flock) on a file in the folder. Unlike the mere presence of a file, the lock disappears
// with its process, even if that is killed. The file stays; its text is only used in messages.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "layout.h"
#include "tise/base/concat.h"
#include "tise/store/reader.h"

namespace tise::store {
namespace {

constexpr std::size_t kMostText = 256;

std::string this_process() {
  std::array<char, kMostText> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return concat("process ", ::getpid(), " on ", host.data());
}

std::string text_of(int file) {
  std::array<char, 2 * kMostText> text{};
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

}  // namespace

Descriptor hold(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kLockFile;
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0 && errno == EACCES) file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // another user's
  if (file < 0) refuse(folder, std::generic_category().message(errno));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    const bool is_read = ::flock(file, LOCK_SH | LOCK_NB) == 0;
    const std::string holder = is_read ? "a run that is reading it" : text_of(file);
    ::close(file);
    refuse(folder, concat("in use by ", holder.empty() ? "another process" : holder,
                          "; wait for it to finish, or use another --store"));
  }  // without support for locks in the file system, nothing is locked
  const std::string text = this_process();
  [[maybe_unused]] const bool said =
      ::ftruncate(file, 0) == 0 && ::pwrite(file, text.data(), text.size(), 0) >= 0;
  return Descriptor(file);
}

std::shared_ptr<const void> hold_shared(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kLockFile;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;  // nobody has written into this copy
  if (::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    const std::string holder = text_of(file);
    ::close(file);
    refuse(folder,
           concat("in use by ", holder.empty() ? "another process" : holder, "; wait for it to finish"));
  }
  return std::make_shared<const Descriptor>(file);
}

}  // namespace tise::store
