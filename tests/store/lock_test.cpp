#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "store/stored.h"

namespace tise::store {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;

/// A process that holds a store's lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& lock) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {  // only system calls, since the parent has threads
      const int file = ::open(lock.c_str(), O_RDWR | O_CREAT, 0666);
      if (::flock(file, LOCK_EX) == 0 && ::write(file, "process 7 on nowhere", 20) == 20) {
        (void)!::write(ready[1], "x", 1);
      }
      while (true) ::pause();
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  void kill() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_;
};

TEST(StoreLock, lets_one_writer_use_a_store_at_a_time) {
  const TempFolder folder;
  {
    const Writer writer(folder.path(), made_with("aa"));
    EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("in use by process "));
  }
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

TEST(StoreLock, goes_with_a_process_that_is_killed) {
  const TempFolder folder;
  Writer(folder.path(), made_with("aa"));
  Holder holder(folder / "lock");
  EXPECT_THAT(refusal(folder.path(), made_with("aa")),
              HasSubstr("in use by process 7 on nowhere; wait for it to finish, or use another --store"));
  holder.kill();
  EXPECT_EQ(refusal(folder.path(), made_with("aa")), "opened");
}

TEST(StoreLock, leaves_no_file_in_a_folder_that_is_not_a_store) {
  const TempFolder folder;
  std::ofstream(folder / "thesis.tex") << "text";
  EXPECT_THAT(refusal(folder.path(), made_with("aa")), HasSubstr("contains other files"));
  EXPECT_FALSE(std::filesystem::exists(folder / "lock"));
}

}  // namespace
}  // namespace tise::store
