// A short fuzzing run: the seed inputs, and seeds with bytes changed, removed, duplicated and mixed, from a
// fixed random seed. scripts/fuzz.sh fuzzes for longer.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <random>
#include <string>

#include "support/long_tests.h"
#include "targets.h"

namespace tise::fuzz {

/// Makes test listings show the target's name.
void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

namespace {

using Input = std::vector<std::uint8_t>;

std::vector<Input> seeds_of(const Target& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TISE_TEST_DATA "/fuzz/corpus/") +
                                                               std::string(target.name))) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Input> seeds;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

/// A seed with one to eight random changes.
Input changed(const std::vector<Input>& seeds, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  const auto at = [](Input& input, std::size_t i) { return input.begin() + static_cast<std::ptrdiff_t>(i); };
  Input input = seeds[below(seeds.size())];
  for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
    const std::size_t place = below(input.size());
    const std::size_t length = std::min(1 + below(32), input.size() - place);
    if (input.empty()) return input;
    switch (below(6)) {
      case 0:
        input[place] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        input[place] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 2:
        input.erase(at(input, place), at(input, place + length));
        break;
      case 3: {
        const Input part(at(input, place), at(input, place + length));
        input.insert(at(input, below(input.size())), part.begin(), part.end());
        break;
      }
      case 4: {
        const Input& other = seeds[below(seeds.size())];
        const std::size_t from = below(other.size());
        input.resize(place);
        input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        break;
      }
      default:
        input.resize(place);
    }
  }
  return input;
}

class Fuzz : public ::testing::TestWithParam<Target> {};

TEST_P(Fuzz, bytes_are_read_or_refused) {
  const std::vector<Input> seeds = seeds_of(GetParam());
  ASSERT_FALSE(seeds.empty());
  for (const Input& seed : seeds) GetParam().run(seed);
  std::mt19937 random(8);
  for (int i = 0; i < testing::times(2000, 200'000); ++i) {
    const Input input = changed(seeds, random);
    try {
      GetParam().run(input);
    } catch (const std::exception& error) {
      const std::string path = ::testing::TempDir() + "fuzz-" + std::string(GetParam().name);
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
      FAIL() << error.what() << "\nfor the bytes in " << path;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Readers, Fuzz, ::testing::ValuesIn(targets()),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace tise::fuzz
