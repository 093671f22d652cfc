#include "tise/base/utf8.h"

#include <gtest/gtest.h>

#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/nfc.h"

namespace tise {
namespace {

TEST(Utf8, replaces_invalid_bytes) {
  EXPECT_EQ(as_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(as_utf8("caf\xE9s"), "caf\xEF\xBF\xBDs");
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(Utf8, becomes_code_points_and_back) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xB6";
  EXPECT_EQ(to_utf32(text), U"a\u00E9\u20AC\U0001F436");
  EXPECT_EQ(to_utf8(to_utf32(text)), text);
  EXPECT_EQ(to_utf32("\xE2\x82!"), U"\uFFFD!");
}

TEST(Utf8, is_counted_in_characters_and_invalid_bytes) {
  EXPECT_EQ(character_count("a\xC3\xA9\xF0\x9F\x90\xB6"), 3);
  EXPECT_EQ(character_count("caf\xE9"), 4);
  EXPECT_EQ(character_count(""), 0);
}

TEST(Utf8, is_cut_between_characters) {
  EXPECT_EQ(shortened("caf\xC3\xA9", 4), "caf\xC3\xA9");
  EXPECT_EQ(shortened("caf\xC3\xA9s", 4), "caf\xC3\xA9…");
  EXPECT_EQ(shortened("a\nb\xE9\xE9", 4), "a b\xE9…");
  EXPECT_EQ(excerpt("two dogs on a bench"), "\"two dogs on a b…\"");
}

TEST(NormalForm, is_composed) {
  EXPECT_EQ(nfc("caf\x65\xCC\x81"), "caf\xC3\xA9");
  EXPECT_EQ(nfc("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(nfc("cafe\xCC\x81\xFF"), "cafe\xCC\x81\xFF");  // not UTF-8
}

TEST(NormalForm, of_many_marks_orders_them_too) {
  std::string text = "e";
  for (int i = 0; i < 1000; ++i) text += "\xCC\x81\xCC\xA3";  // above, below
  EXPECT_EQ(nfc(text).substr(0, 3), "\xE1\xBA\xB9");          // below comes first: U+1EB9
  EXPECT_EQ(character_count(nfc(text)), 2000);
}

TEST(Utf8, is_what_json_text_returns) {
  EXPECT_EQ(json_text(nlohmann::json{{"path", "caf\xE9"}}), "{\"path\":\"caf\xEF\xBF\xBD\"}");
}

TEST(PrintableText, escapes_what_would_control_a_terminal) {
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

TEST(PrintableText, can_be_put_on_one_line) { EXPECT_EQ(printable_line("a\nb\x1B"), "a\\nb\\x1b"); }

TEST(ErrorMessages, have_one_line_per_problem) {
  EXPECT_STREQ(InputError("image a\nb.png: empty").what(), "image a\\nb.png: empty");
  EXPECT_STREQ(InputError("images\n:", {"a\nb", "c"}).what(), "images\\n:\n  a\\nb\n  c");
}

}  // namespace
}  // namespace tise
