// One of several parts of a dataset, for as many processes or machines.

#include <utility>

#include "tise/data/images.h"

namespace tise::data {
namespace {

struct Block {
  std::size_t begin;
  std::size_t end;
};

Block block_of(std::size_t count, Part part) {
  return {count * part.index / part.of, count * (part.index + 1) / part.of};
}

}  // namespace

void keep_part(std::vector<ImageFile>& images, Part part) {
  const Block block = block_of(images.size(), part);
  images.resize(block.end);
  images.erase(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(block.begin));
}

void keep_part(Dataset& dataset, Part part) {
  const Block block = block_of(dataset.images.size(), part);
  keep_part(dataset.images, part);
  std::vector<Pair> pairs;
  for (Pair& pair : dataset.pairs) {
    if (pair.image < block.begin || pair.image >= block.end) continue;
    pairs.push_back({std::move(pair.item), pair.image - block.begin, pair.number});
  }
  dataset.pairs = std::move(pairs);
}

}  // namespace tise::data
