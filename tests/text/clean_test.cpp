#include <gtest/gtest.h>

#include <string>

#include "tise/text/tokenizer.h"

namespace tise::text {
namespace {

TEST(Clean, plain_text_changes_only_in_case_and_spaces) {
  EXPECT_EQ(clean("  A photo\tof \n two   DOGS. "), "a photo of two dogs.");
  EXPECT_EQ(clean(""), "");
  EXPECT_EQ(clean(" \t\n "), "");
}

TEST(Clean, every_white_space_of_python_counts_as_a_space) {
  EXPECT_EQ(clean("\u2003a\u00A0\u1680b\u3000c\u2028d\u202Fe\u205F"), "a b c d e");
  EXPECT_EQ(clean("a\u200Bb"), "a\u200Bb");  // the zero-width space isn't one
}

TEST(Clean, quotes_are_straightened) { EXPECT_EQ(clean("the dog’s “ball”"), "the dog's \"ball\""); }

TEST(Clean, latin_ligatures_are_split_and_others_kept) {
  EXPECT_EQ(clean("ﬁne ﬂuﬀy waﬄe ĳs ŉ"), "fine fluffy waffle ijs 'n");
  EXPECT_EQ(clean("ﬅ œ æ ﬓ"), "ſt œ æ ﬓ");
}

TEST(Clean, full_width_letters_become_narrow_and_half_width_kana_wide) {
  EXPECT_EQ(clean("ＬＯＵＤ　１２"), "loud 12");
  EXPECT_EQ(clean("ﾊﾟﾋﾟ"), "パピ");
}

TEST(Clean, combining_characters_are_composed) {
  EXPECT_EQ(clean("cafe\u0301"), "caf\u00E9");
  EXPECT_EQ(clean("\u1112\u1161\u11AB"), "한");
}

TEST(Clean, control_characters_and_terminal_escapes_are_removed) {
  EXPECT_EQ(clean("a\x01"
                  "b\x7F"
                  "c\uFEFF\u206A"),
            "abc");
  EXPECT_EQ(clean("\x1B[36;44mblue\x1B[0m"), "blue");
  EXPECT_EQ(clean(std::string_view("nul\0nul", 7)), "nulnul");
}

TEST(Clean, c1_control_characters_are_windows_1252) { EXPECT_EQ(clean("5 \u0080 \u0096 6"), "5 € – 6"); }

TEST(Clean, entities_are_unescaped_down_to_the_last_layer) {
  EXPECT_EQ(clean("salt &amp;amp;amp; pepper"), "salt & pepper");
  EXPECT_EQ(clean("CAF&EACUTE; &#x41;&#66;"), "café ab");
  EXPECT_EQ(clean("AT&T &amp &nothing &;"), "at&t & ¬hing &;");
}

TEST(Clean, a_less_than_sign_leaves_two_layers_of_entities) {
  EXPECT_EQ(clean("< &amp;amp;amp;"), "< &amp;");
  EXPECT_EQ(clean("<\n&amp;amp;amp;"), "< &amp;");  // on later lines, too
}

TEST(Clean, numeric_references_follow_the_html_standard) {
  EXPECT_EQ(clean("<&#0;&#128;&#xD800;&#x110000;&#99999999999;"), "<\uFFFD€\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(clean("<a&#1;&#xFFFE;b"), "<ab");
  EXPECT_EQ(clean("&# &#x &#xg;"), "&# &#x &#xg;");
}

TEST(Clean, mojibake_is_undone) {
  EXPECT_EQ(clean("cafÃ©"), "café");
  EXPECT_EQ(clean("itâ€™s"), "it's");
  EXPECT_EQ(clean("ðŸ˜€ smile"), "😀 smile");
  EXPECT_EQ(clean("Ð¿Ñ€Ð¸Ð²ÐµÑ‚"), "привет");
}

TEST(Clean, mojibake_with_its_no_break_space_turned_plain_is_undone) {
  EXPECT_EQ(clean("voilÃ  le chat"), "voilà le chat");
  EXPECT_EQ(clean("Ã la carte"), "à la carte");
  EXPECT_EQ(clean("foi Ã quele lado"), "foi àquele lado");
  EXPECT_EQ(clean("AMANHÃ DE MANHÃ SÓ"), "amanhã de manhã só");
}

TEST(Clean, mojibake_that_lost_a_byte_is_a_replacement_character) {
  EXPECT_EQ(clean("â€œlike thisâ€\uFFFD"), "\"like this\uFFFD");
}

TEST(Clean, mojibake_of_mojibake_is_undone) { EXPECT_EQ(clean("cafÃƒÂ©"), "café"); }

TEST(Clean, only_the_mojibake_next_to_well_formed_text_is_undone) {
  EXPECT_EQ(clean("日本 café and cafÃ©"), "日本 café and café");
}

TEST(Clean, text_that_only_resembles_mojibake_stays) {
  for (const std::string text : {"“CAFÉ”", "ÇA VA…", "SPAß”", "5 µm", "ÎLE – À", "Tomáš”", "ČÍŠNÍK"}) {
    EXPECT_EQ(clean(text + " é"), clean(text) + " é");
  }
  EXPECT_EQ(clean("“CAFÉ”"), "\"café\"");
  EXPECT_EQ(clean("ČÍŠNÍK"), "číšník");
}

TEST(Clean, lower_case_matches_python) {
  EXPECT_EQ(clean("ΟΔΥΣΣΕΥΣ Σ"), "οδυσσευς σ");
  EXPECT_EQ(clean("İ"), "i\u0307");
}

TEST(Clean, bytes_that_are_not_utf8_become_replacement_characters) {
  EXPECT_EQ(clean("a\xFF"
                  "b"),
            "a\uFFFD"
            "b");
  EXPECT_EQ(clean("a\xE2\x82"
                  "b"),
            "a\uFFFD"
            "b");                                          // cut short: one
  EXPECT_EQ(clean("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate: one for each byte
  EXPECT_EQ(clean("a\xC3"), "a\uFFFD");
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(Clean, entities_in_entities_are_unescaped_however_deep) {
  for (const std::size_t depth : {1U, 2U, 3U, 4U, 10U, 50'000U}) {
    EXPECT_EQ(clean("a &" + repeated("amp;", depth) + " b"), "a & b") << depth;
    EXPECT_EQ(clean("a &" + repeated("amp;", depth) + "lt; b"), "a < b") << depth;
    EXPECT_EQ(clean("&" + repeated("AMP;#38;#x26;", depth) + "eacute;"), "é") << depth;
  }
}

TEST(Clean, entities_of_several_depths_are_unescaped_each_to_its_end) {
  const std::string text = "&" + repeated("amp;", 40'000) + "copy; &amp;lt &" + repeated("amp;", 30'000) +
                           "Atilde;&" + repeated("amp;", 7) + "copy; ok &" + repeated("amp;", 30'001) + "x";
  EXPECT_EQ(clean(text), "© < é ok &x");
}

TEST(Clean, entities_completed_by_other_repairs_are_kept_after_many_rounds) {
  EXPECT_EQ(clean("&" + repeated("#xFF06;", 100) + "lt;"), "<");  // a full-width ampersand
  const std::string left = clean("&" + repeated("#xFF06;", 50'000) + "lt;");
  EXPECT_TRUE(left.starts_with("&#xff06;") || left.starts_with("＆#xff06;")) << left.substr(0, 30);
}

TEST(Clean, long_texts_made_to_be_slow_are_cleaned) {
  constexpr std::size_t kMany = 200'000;
  EXPECT_EQ(clean(repeated("&", kMany)), repeated("&", kMany));
  EXPECT_EQ(clean(repeated("<", kMany)), repeated("<", kMany));
  EXPECT_EQ(clean(repeated("\x1B[1;", kMany)), repeated("[1;", kMany));
  EXPECT_EQ(clean(repeated("Ã©", kMany)), repeated("é", kMany));
  EXPECT_EQ(clean(repeated("&#", kMany)), repeated("&#", kMany));
  EXPECT_EQ(clean(repeated("ﬁ", kMany)), repeated("fi", kMany));
  EXPECT_EQ(clean("&#" + repeated("1", kMany) + ";"), "\uFFFD");
}

TEST(Clean, marks_are_put_in_order_however_many) {
  for (const std::size_t pairs : {1U, 20U, 300U, 100'000U}) {
    const std::string sorted = "\u1EB9" + repeated("\u0323", pairs - 1) + repeated("\u0301", pairs);
    EXPECT_EQ(clean("e" + repeated("\u0301\u0323", pairs)), sorted) << pairs;
    // A mark that is made of two: U+0344 is U+0308 U+0301.
    EXPECT_EQ(clean("q" + repeated("\u0344\u0323", pairs)),
              "q" + repeated("\u0323", pairs) + repeated("\u0308\u0301", pairs))
        << pairs;
  }
}

}  // namespace
}  // namespace tise::text
