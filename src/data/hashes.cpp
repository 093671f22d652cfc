// Hashes that show whether two runs evaluated the same captions. They are of what was read, so they depend
// neither on the format of the captions file nor on how a generator names its images.

#include <functional>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "tise/base/files.h"
#include "tise/base/json_text.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

/// The hash of one line per element.
template <class List, class Line>
std::string hash_of_lines(const List& list, const Line& line) {
  return sha256_hex([&](const auto& add) {
    for (const auto& one : list) add(line(one) + '\n');
  });
}

}  // namespace

std::string hash_of_names(const std::vector<ImageFile>& images) {
  return hash_of_lines(images, [](const ImageFile& image) { return image.name; });
}

std::string hash_of_pairs(const Dataset& dataset) {
  std::unordered_map<std::size_t, std::size_t>
      numbers;  // of images, in the order in which captions name them
  return hash_of_lines(dataset.pairs, [&](const Pair& pair) {
    const std::size_t number = numbers.emplace(pair.image, numbers.size()).first->second;
    Item asked = pair.item;
    asked.id.clear();
    asked.references.clear();
    asked.cluster.reset();  // affects errors, not values
    asked.fields.clear();
    return json_line(asked, std::to_string(number));
  });
}

std::string hash_of_references(const Dataset& dataset) {
  return hash_of_lines(dataset.pairs,
                       [](const Pair& pair) { return json_text(nlohmann::json(pair.item.references)); });
}

std::string hash_of_numbers(const Dataset& dataset) {
  return hash_of_lines(dataset.pairs, [](const Pair& pair) { return std::to_string(pair.number); });
}

std::string hash_of_order(const Dataset& dataset) {
  if (dataset.pairs.empty()) return hash_of_names(dataset.images);
  std::vector<std::string> numbers(dataset.images.size());
  for (const Pair& pair : dataset.pairs) numbers[pair.image] += std::to_string(pair.number) + ' ';
  return hash_of_lines(numbers, std::identity());
}

}  // namespace tise::data
