#include "tise/base/names.h"

#include <gtest/gtest.h>

namespace tise {
namespace {

TEST(Counted, uses_the_plural_unless_there_is_one) {
  EXPECT_EQ(counted(0, "image"), "0 images");
  EXPECT_EQ(counted(1, "image"), "1 image");
  EXPECT_EQ(counted(2, "image"), "2 images");
  EXPECT_EQ(counted(1, "class", "classes"), "1 class");
  EXPECT_EQ(counted(5, "class", "classes"), "5 classes");
}

}  // namespace
}  // namespace tise
