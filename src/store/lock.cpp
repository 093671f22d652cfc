// An advisory lock (flock) on a file in the folder: unlike a file that is there or not, it goes with its
// process, also where that is killed. The file stays; what it says is for the message alone.

#include "lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "tise/base/concat.h"
#include "tise/base/error.h"

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

Lock::Lock(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kLockFile;
  const auto fail = [&](const std::string& why) {
    throw InputError(concat("store ", folder.string(), ": ", why));
  };
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0 && errno == EACCES) file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // someone else's
  if (file_ < 0) fail(std::generic_category().message(errno));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    const std::string holder = text_of(file_);
    ::close(file_);
    fail(concat("in use by ", holder.empty() ? "another process" : holder,
                "; wait for it, or give another --store"));
  }  // a file system without locks: nothing holds it
  const std::string text = this_process();
  [[maybe_unused]] const bool said =
      ::ftruncate(file_, 0) == 0 && ::pwrite(file_, text.data(), text.size(), 0) >= 0;
}

Lock::~Lock() { ::close(file_); }

}  // namespace tise::store
