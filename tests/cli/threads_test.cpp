#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/program.h"

namespace tise {
namespace {

using ::testing::HasSubstr;
using testing::Program;

/// What LibTorch's OpenMP prints about itself when it starts.
std::string openmp_of(Program::Environment more) {
  more.emplace_back("OMP_DISPLAY_ENV", "VERBOSE");
  return Program({"--version"}, more).wait().err;
}

TEST(Threads, that_wait_soon_sleep_unless_the_user_sets_how_long_they_spin) {
  ::unsetenv("OMP_WAIT_POLICY");
  EXPECT_THAT(openmp_of({}), HasSubstr("GOMP_SPINCOUNT = '5000'"));
  EXPECT_THAT(openmp_of({{"GOMP_SPINCOUNT", "17"}}), HasSubstr("GOMP_SPINCOUNT = '17'"));
  EXPECT_THAT(openmp_of({{"OMP_WAIT_POLICY", "PASSIVE"}}), HasSubstr("GOMP_SPINCOUNT = '0'"));
}

}  // namespace
}  // namespace tise
