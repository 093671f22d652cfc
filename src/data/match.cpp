#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "name_index.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

constexpr std::size_t kNameShown = 80;

std::string place(const Captions& captions) { return captions.role + " " + captions.path.string() + ": "; }

/// The file of each item, nullopt if it is missing. A file that some item names in full is not used for
/// other items with its stem: if captions name `a.jpg` and `a.png` but only `a.png` exists, `a.jpg` is
/// missing.
std::vector<std::optional<std::size_t>> find_files(const std::vector<ImageFile>& images,
                                                   const Captions& captions) {
  std::vector<std::string> names;
  names.reserve(images.size());
  for (const ImageFile& image : images) names.push_back(image.name);
  const NameIndex index(names);
  std::vector<std::optional<NameIndex::Found>> found;
  found.reserve(captions.items.size());
  std::vector<bool> named(images.size());
  for (const Item& item : captions.items) {
    try {
      found.push_back(index.find(item.image));
      if (found.back() && !found.back()->other_extension) named[found.back()->index] = true;
    } catch (const AmbiguousName& error) {
      throw InputError(place(captions) + item.where + ": image " + excerpt(item.image, kNameShown) + " " +
                       error.what());
    }
  }
  std::vector<std::optional<std::size_t>> files(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] && !(found[i]->other_extension && named[found[i]->index])) files[i] = found[i]->index;
  }
  return files;
}

/// The image ids that have no file, once each, in the captions' order.
std::vector<std::string> missing_ids(const Captions& captions,
                                     const std::vector<std::optional<std::size_t>>& files) {
  std::vector<std::string> missing;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& image = captions.items[i].image;
    if (!files[i] && seen.insert(image).second) missing.push_back(image);
  }
  return missing;
}

std::size_t image_count(const Captions& captions) {
  std::set<std::string_view> images;
  for (const Item& item : captions.items) images.insert(item.image);
  return images.size();
}

[[noreturn]] void none_is_there(const std::vector<ImageFile>& images, const Captions& captions) {
  const std::string seen =
      images.empty() ? "found no images" : "found " + excerpt(images.front().name, kNameShown);
  const std::size_t wanted = image_count(captions);
  const std::string none =
      wanted == 1 ? "its image is missing" : "none of its " + counted(wanted, "image") + " exists";
  throw InputError(place(captions) + none + " (expected " +
                   excerpt(captions.items.front().image, kNameShown) + ", " + seen + ")");
}

[[noreturn]] void some_are_missing(const Captions& captions, const std::vector<std::string>& missing) {
  std::vector<std::string> listed;
  listed.reserve(missing.size());
  for (const std::string& image : missing) listed.push_back(excerpt(image, kNameShown));
  throw InputError(place(captions) + std::to_string(missing.size()) + " of " +
                       counted(image_count(captions), "image") + (missing.size() == 1 ? " is" : " are") +
                       " missing (--subset evaluates only the " + captions.role + " whose images exist):",
                   listed);
}

void refuse_repeated_pairs(const Captions& captions, const std::vector<ImageFile>& images,
                           const std::vector<Pair>& pairs) {
  std::map<std::pair<std::size_t, std::string_view>, const Item*> first;
  std::vector<std::string> repeated;
  for (const Pair& pair : pairs) {
    const auto [seen, is_new] = first.try_emplace({pair.image, pair.item.caption}, &pair.item);
    if (is_new) continue;
    repeated.push_back(seen->second->where + " and " + pair.item.where + ": image " +
                       excerpt(images[pair.image].name, kNameShown) + ", caption " +
                       excerpt(pair.item.caption));
  }
  if (!repeated.empty()) throw InputError(place(captions) + "duplicate pairs:", repeated);
}

void refuse_repeated_ids(const Captions& captions, const std::vector<Pair>& pairs) {
  std::unordered_map<std::string_view, const Item*> first;
  std::vector<std::string> repeated;
  for (const Pair& pair : pairs) {
    const auto [seen, is_new] = first.try_emplace(pair.item.id, &pair.item);
    if (is_new) continue;
    repeated.push_back(seen->second->where + " and " + pair.item.where + ": id " +
                       excerpt(pair.item.id, kNameShown));
  }
  if (!repeated.empty()) throw InputError(place(captions) + "duplicate ids:", repeated);
}

void complete_ids(const std::vector<ImageFile>& images, std::vector<Pair>& pairs) {
  std::vector<std::size_t> captions_of(images.size());
  for (Pair& pair : pairs) {
    const std::size_t nth = ++captions_of[pair.image];
    if (!pair.item.id.empty()) continue;
    pair.item.id = images[pair.image].name;
    if (nth > 1) pair.item.id.append("#").append(std::to_string(nth));
  }
}

/// Keeps the images that pairs use, in order of their names, and renumbers the pairs.
Dataset keep_used(std::vector<ImageFile> images, std::vector<Pair> pairs) {
  Dataset dataset;
  std::vector<std::size_t> order(images.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return images[i].name; });
  std::vector<bool> used(images.size());
  for (const Pair& pair : pairs) used[pair.image] = true;
  std::vector<std::size_t> new_index(images.size());
  for (const std::size_t i : order) {
    new_index[i] = dataset.images.size();
    if (used[i]) {
      dataset.images.push_back(std::move(images[i]));
    } else {
      dataset.unused.push_back(std::move(images[i].name));
    }
  }
  for (Pair& pair : pairs) pair.image = new_index[pair.image];
  dataset.pairs = std::move(pairs);
  return dataset;
}

/// The range [begin, end) of a part.
std::pair<std::size_t, std::size_t> block_of(std::size_t count, Part part) {
  return {count * part.index / part.of, count * (part.index + 1) / part.of};
}

}  // namespace

Dataset match(std::vector<ImageFile> images, Captions&& captions, Missing missing) {
  const auto files = find_files(images, captions);
  std::vector<std::string> not_there = missing_ids(captions, files);
  if (std::ranges::none_of(files, [](const auto& file) { return file.has_value(); })) {
    none_is_there(images, captions);
  }
  if (!not_there.empty() && missing == Missing::kFail) some_are_missing(captions, not_there);
  std::vector<Pair> pairs;
  pairs.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i]) pairs.push_back({std::move(captions.items[i]), *files[i], pairs.size()});
  }
  captions.items = std::vector<Item>();
  refuse_repeated_pairs(captions, images, pairs);
  complete_ids(images, pairs);
  refuse_repeated_ids(captions, pairs);
  Dataset dataset = keep_used(std::move(images), std::move(pairs));
  dataset.missing = std::move(not_there);
  return dataset;
}

Dataset without_captions(std::vector<ImageFile> images) {
  std::ranges::sort(images, {}, &ImageFile::name);
  Dataset dataset;
  dataset.images = std::move(images);
  return dataset;
}

void keep_part(std::vector<ImageFile>& images, Part part) {
  const auto [begin, end] = block_of(images.size(), part);
  images.resize(end);
  images.erase(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(begin));
}

void keep_part(Dataset& dataset, Part part) {
  const auto [begin, end] = block_of(dataset.images.size(), part);
  keep_part(dataset.images, part);
  std::vector<Pair> pairs;
  for (Pair& pair : dataset.pairs) {
    if (pair.image < begin || pair.image >= end) continue;
    pairs.push_back({std::move(pair.item), pair.image - begin, pair.number});
  }
  dataset.pairs = std::move(pairs);
}

}  // namespace tise::data
