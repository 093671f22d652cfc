#include "tise/base/names.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace tise {
namespace {

TEST(Counted, uses_the_plural_unless_there_is_one) {
  EXPECT_EQ(counted(0, "image"), "0 images");
  EXPECT_EQ(counted(1, "image"), "1 image");
  EXPECT_EQ(counted(2, "image"), "2 images");
  EXPECT_EQ(counted(1, "class", "classes"), "1 class");
  EXPECT_EQ(counted(5, "class", "classes"), "5 classes");
}

TEST(DidYouMean, suggests_the_closest_name_and_of_equally_close_ones_that_which_begins_alike) {
  const std::vector<std::string_view> names{"FID", "FD", "fidelity", "all"};
  EXPECT_EQ(did_you_mean("FDD", names), " (did you mean FD?)");
  EXPECT_EQ(did_you_mean("FIDD", names), " (did you mean FID?)");
  EXPECT_EQ(did_you_mean("fidelty", names), " (did you mean fidelity?)");
  EXPECT_EQ(did_you_mean("colors", names), "");
}

}  // namespace
}  // namespace tise
