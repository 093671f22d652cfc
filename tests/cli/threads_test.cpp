#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/program.h"

namespace tise {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Program;

/// What OpenMP, as LibTorch brings it, says of itself when it starts.
std::string openmp_of(Program::Environment more) {
  more.emplace_back("OMP_DISPLAY_ENV", "VERBOSE");
  return Program({"--version"}, more).wait().err;
}

TEST(Threads, that_wait_sleep_unless_the_user_has_them_spin) {
  ::unsetenv("OMP_WAIT_POLICY");
  EXPECT_THAT(openmp_of({}), HasSubstr("GOMP_SPINCOUNT = '0'"));
  EXPECT_THAT(openmp_of({{"OMP_WAIT_POLICY", "ACTIVE"}}),
              AllOf(HasSubstr("OMP_WAIT_POLICY = 'ACTIVE'"), Not(HasSubstr("GOMP_SPINCOUNT = '0'"))));
}

}  // namespace
}  // namespace tise
