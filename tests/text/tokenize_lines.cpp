// Tokenizes JSON strings, one a line of stdin, with the merges file that is its argument; prints the ids of
// each as a JSON list. For comparing with the reference tokenizer over more strings than a test should have:
//
//     python3 make_golden.py random 100000 > random.jsonl   (in an environment that has that)
//     build/tests/text/tise-tokenize-lines data/clip_merges.txt < random.jsonl

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tise/base/files.h"
#include "tise/text/tokenizer.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const tise::text::Tokenizer tokenizer(tise::read_text(argv[1], "merges"));
  for (std::string line; std::getline(std::cin, line);) {
    const auto row = nlohmann::json::parse(line);
    const auto text = row["text"].get<std::string>();
    const nlohmann::json ids = tokenizer.encode(text, 77).ids;
    if (ids == row["ids"]) continue;
    std::cout << nlohmann::json{{"text", text},
                                {"expected", row["ids"]},
                                {"ids", ids},
                                {"clean", tise::text::clean(text)}}
              << '\n';
  }
  return 0;
}
