#include "plural.h"

#include <string_view>

namespace tise::text {
namespace {

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

bool takes_es(std::string_view word) {
  return word.ends_with("s") || word.ends_with("x") || word.ends_with("z") || word.ends_with("ch") ||
         word.ends_with("sh");
}

std::string plural_of_word(const std::string& word, const std::map<std::string, std::string>& irregular) {
  if (const auto found = irregular.find(word); found != irregular.end()) return found->second;
  if (takes_es(word)) return word + "es";
  if (word.size() > 1 && word.ends_with("y") && !is_vowel(word[word.size() - 2])) {
    return word.substr(0, word.size() - 1) + "ies";
  }
  return word + "s";
}

}  // namespace

std::string plural_of(const std::string& noun, const std::map<std::string, std::string>& irregular) {
  const std::string head = noun.substr(0, noun.find(" of "));
  const std::size_t blank = head.rfind(' ');
  const std::size_t last = blank == std::string::npos ? 0 : blank + 1;
  return head.substr(0, last) + plural_of_word(head.substr(last), irregular) + noun.substr(head.size());
}

}  // namespace tise::text
