#include "tise/base/utf8.h"

#include <gtest/gtest.h>

#include "tise/base/error.h"
#include "tise/base/json_text.h"

namespace tise {
namespace {

TEST(Utf8, replaces_what_is_none) {
  EXPECT_EQ(as_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(as_utf8("caf\xE9s"), "caf\xEF\xBF\xBDs");
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(Utf8, is_what_json_becomes) {
  EXPECT_EQ(json_text(nlohmann::json{{"path", "caf\xE9"}}), "{\"path\":\"caf\xEF\xBF\xBD\"}");
}

TEST(PrintableText, shows_what_would_act_on_a_terminal) {
  EXPECT_EQ(printable("plain, caf\xC3\xA9 and \xE2\x86\x92\n\ttoo"),
            "plain, caf\xC3\xA9 and \xE2\x86\x92\n\ttoo");
  EXPECT_EQ(printable("a\x1B[31mb\rc\x07"), "a\\x1b[31mb\\rc\\x07");
  EXPECT_EQ(printable(std::string_view("\0\x7F", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J"),
            "\\u009b2J");  // C1: a terminal's CSI
  EXPECT_EQ(printable("gpj.\xE2\x80\xAE"
                      "exe"),
            "gpj.\\u202eexe");  // right-to-left override
  EXPECT_EQ(printable("\xE2\x81\xA6\xE2\x80\xA8"), "\\u2066\\u2028");
  EXPECT_EQ(printable("caf\xE9"), "caf\\xe9");
}

TEST(PrintableText, may_be_one_line) { EXPECT_EQ(printable_line("a\nb\x1B"), "a\\nb\\x1b"); }

TEST(ErrorMessages, are_one_line_each) {
  EXPECT_STREQ(InputError("image a\nb.png: empty").what(), "image a\\nb.png: empty");
  EXPECT_STREQ(InputError("images\n:", {"a\nb", "c"}).what(), "images\\n:\n  a\\nb\n  c");
}

}  // namespace
}  // namespace tise
