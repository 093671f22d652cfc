// Tokenizes the texts of JSON objects {"text", "ids"}, one per line of stdin, with the merges file given as
// argument. Prints those whose ids differ. For comparing with the reference tokenizer on more texts than a
// test should use:
//
//     python3 make_golden.py random 100000 > random.jsonl   (in an environment with the reference tokenizer)
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
