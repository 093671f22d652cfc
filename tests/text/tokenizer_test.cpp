#include "tise/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tise/base/files.h"

namespace tise::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kContext = 77;
const std::string kFolder = TISE_TEST_DATA "/text/";

const Tokenizer& clip_tokenizer() {
  static const Tokenizer tokenizer(read_text(kFolder + "data/clip_merges.txt", "merges"));
  return tokenizer;
}

struct Golden {
  std::string text;
  std::vector<std::int64_t> ids;
};

std::vector<Golden> read_golden(const std::string& name) {
  std::vector<Golden> rows;
  std::ifstream file(kFolder + name);
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    rows.push_back({row["text"].get<std::string>(), row["ids"].get<std::vector<std::int64_t>>()});
  }
  return rows;
}

std::string error_of(std::string_view merges) {
  try {
    const Tokenizer tokenizer(merges);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

class TokenizerGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TokenizerGolden, has_the_reference_ids) {
  const std::vector<Golden> rows = read_golden(GetParam());
  ASSERT_GE(rows.size(), 300U);
  for (const Golden& row : rows) {
    EXPECT_EQ(clip_tokenizer().encode(row.text, kContext).ids, row.ids)
        << row.text << "\ncleaned: " << clean(row.text);
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizer, TokenizerGolden,
                         ::testing::Values("golden_nasty.jsonl", "golden_random.jsonl"),
                         [](const auto& suite) { return suite.index == 0 ? "nasty" : "random"; });

TEST(Tokenizer, clips_vocabulary_ends_with_start_and_end) {
  EXPECT_EQ(clip_tokenizer().vocabulary_size(), 49408);
  EXPECT_EQ(clip_tokenizer().start_token(), 49406);
  EXPECT_EQ(clip_tokenizer().end_token(), 49407);
}

TEST(Tokenizer, an_empty_text_is_start_and_end) {
  EXPECT_THAT(clip_tokenizer().encode("", kContext).ids, ElementsAre(49406, 49407));
  EXPECT_THAT(clip_tokenizer().encode(" \n ", kContext).ids, ElementsAre(49406, 49407));
}

TEST(Tokenizer, a_text_that_is_too_long_is_cut_with_the_end_token_last) {
  const auto whole = clip_tokenizer().encode("a b c d", kContext).ids;
  ASSERT_EQ(whole.size(), 6U);
  EXPECT_EQ(clip_tokenizer().encode("a b c d", 6).ids, whole);
  EXPECT_THAT(clip_tokenizer().encode("a b c d", 4).ids, ElementsAre(whole[0], whole[1], whole[2], whole[5]));
  EXPECT_THAT(clip_tokenizer().encode("a b c d", 2).ids, ElementsAre(whole[0], whole[5]));
}

TEST(Tokenizer, a_text_that_fills_the_context_is_not_cut) {
  EXPECT_FALSE(clip_tokenizer().encode("a b c d", 6).is_cut);
  EXPECT_TRUE(clip_tokenizer().encode("a b c d", 5).is_cut);
  EXPECT_TRUE(clip_tokenizer().encode("a b c d", 2).is_cut);
  EXPECT_FALSE(clip_tokenizer().encode("", 2).is_cut);
}

TEST(Tokenizer, the_special_tokens_in_a_text_are_themselves) {
  EXPECT_THAT(clip_tokenizer().encode("<|StartOfText|><|endoftext|>", kContext).ids,
              ElementsAre(49406, 49406, 49407, 49407));
}

TEST(Tokenizer, a_small_merges_file_is_used_whole) {
  const Tokenizer tokenizer("#version: 0.2\nr e\nre d</w>\n");
  EXPECT_EQ(tokenizer.vocabulary_size(), 512 + 2 + 2);
  EXPECT_THAT(tokenizer.encode("red", kContext).ids, ElementsAre(514, 513, 515));
}

TEST(Tokenizer, the_earlier_merge_wins_and_applies_from_the_left) {
  const Tokenizer tokenizer("#version: 0.2\na a\na a</w>\nb a\n");
  const std::int64_t b = 'b' - '!';
  EXPECT_THAT(tokenizer.encode("aaaaa", kContext).ids, ElementsAre(515, 512, 512, 'a' - '!' + 256, 516));
  EXPECT_THAT(tokenizer.encode("baaa", kContext).ids, ElementsAre(515, b, 512, 'a' - '!' + 256, 516));
}

TEST(Tokenizer, merges_beyond_clips_are_ignored) {
  std::string merges = read_text(kFolder + "data/clip_merges.txt", "merges");
  if (!merges.ends_with('\n')) merges += '\n';
  EXPECT_EQ(Tokenizer(merges + "jeky ll\n").vocabulary_size(), 49408);
}

TEST(Tokenizer, lines_may_end_with_carriage_return_and_line_feed) {
  EXPECT_EQ(Tokenizer("#version: 0.2\r\nr e\r\n").vocabulary_size(), 512 + 1 + 2);
}

TEST(Tokenizer, a_bad_merges_file_is_refused_with_its_line) {
  EXPECT_THAT(error_of(""), HasSubstr("line 1"));
  EXPECT_THAT(error_of("r e\nre d\n"), HasSubstr("line 1: expected a #version line"));
  EXPECT_THAT(error_of("#version: 0.2\nr e\nred\n"), HasSubstr("line 3: expected two symbols"));
  EXPECT_THAT(error_of("#version: 0.2\nr e d\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("#version: 0.2\n\nr e\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("#version: 0.2\nre d\n"), HasSubstr("line 2: 're' is neither"));
}

TEST(Tokenizer, threads_may_share_one) {
  const std::vector<Golden> rows = read_golden("golden_random.jsonl");
  std::atomic<int> differing = 0;
  std::vector<std::jthread> threads;
  constexpr int kThreads = 4;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (const Golden& row : rows) differing += clip_tokenizer().encode(row.text, kContext).ids != row.ids;
    });
  }
  threads.clear();
  EXPECT_EQ(differing, 0);
}

/// Applies one merge after another throughout the word, as the reference implementation does.
std::vector<std::int64_t> slowly_encoded(const std::string& word,
                                         const std::vector<std::array<std::int64_t, 3>>& merges) {
  std::vector<std::int64_t> ids;
  for (const char byte : word) ids.push_back(byte - '!');  // ids of printable characters
  ids.back() += 256;
  for (bool merged = true; merged;) {
    merged = false;
    for (const auto& [left, right, id] : merges) {
      std::vector<std::int64_t> next;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool is_pair = i + 1 < ids.size() && ids[i] == left && ids[i + 1] == right;
        next.push_back(is_pair ? id : ids[i]);
        i += is_pair ? 1 : 0;
      }
      merged = next.size() != ids.size();
      ids = std::move(next);
      if (merged) break;
    }
  }
  return ids;
}

TEST(Tokenizer, applies_the_first_merge_in_the_file_throughout_the_word) {
  // Two merges make `abab`; the later one's id counts. `ab a` comes before the second.
  const Tokenizer tokenizer("#version: 0.2\na b\nab a\nb a\na ba\na a\nab ab\naba b\nb b\n");
  const std::int64_t a = 'a' - '!';
  const std::int64_t b = 'b' - '!';
  const std::vector<std::array<std::int64_t, 3>> merges{{a, b, 512},   {512, a, 515}, {b, a, 514},
                                                        {a, 514, 515}, {a, a, 516},   {512, 512, 518},
                                                        {515, b, 518}, {b, b, 519}};
  std::uint32_t random = 1;
  for (std::size_t length = 1; length < 200; ++length) {
    std::string word;
    for (std::size_t i = 0; i < length; ++i) {
      random = random * 1664525U + 1013904223U;
      word += random >> 31U ? 'a' : 'b';
    }
    std::vector<std::int64_t> ids = tokenizer.encode(word, length + 2).ids;
    ids.erase(ids.begin());
    ids.pop_back();
    EXPECT_EQ(ids, slowly_encoded(word, merges)) << word;
  }
}

TEST(Tokenizer, takes_words_of_any_length) {
  constexpr std::size_t kLength = 200'000;
  std::string word;
  std::uint32_t random = 1;
  while (word.size() < kLength) {
    random = random * 1664525U + 1013904223U;
    word += static_cast<char>('a' + (random >> 24U) % 26U);
  }
  const auto ids = clip_tokenizer().encode(word, 2 * kLength).ids;
  EXPECT_GT(ids.size(), kLength / 8);
  EXPECT_LT(ids.size(), kLength);
  const Tokens cut = clip_tokenizer().encode(word, kContext);
  EXPECT_TRUE(cut.is_cut);
  EXPECT_TRUE(std::equal(cut.ids.begin(), cut.ids.end() - 1, ids.begin()));
}

}  // namespace
}  // namespace tise::text
