#include "name_index.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "image_names.h"
#include "tise/base/names.h"
#include "tise/base/nfc.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

/// `./a//b` and `a/b` are the same image.
std::string normal(std::string_view id) {
  return std::filesystem::path(id).lexically_normal().generic_string();
}

}  // namespace

NameIndex::NameIndex(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    by_name_[nfc(names_.emplace_back(normal(name)))].push_back(names_.size() - 1);
    by_stem_[nfc(without_image_extension(names_.back()))].push_back(names_.size() - 1);
  }
}

template <class Text>
std::optional<std::size_t> NameIndex::only(const Places& places, const std::string& wanted,
                                           const Text& text) const {
  const std::string composed = nfc(wanted);
  const std::vector<std::size_t>* alike = find_in(places, composed);
  if (alike == nullptr) return std::nullopt;
  std::vector<std::size_t> fitting = *alike;
  const auto put_first = [&](const std::string& exact) {
    return std::stable_partition(fitting.begin(), fitting.end(),
                                 [&](std::size_t i) { return text(names_[i]) == exact; });
  };
  put_first(composed);
  const auto others = put_first(wanted);
  if (others != fitting.begin()) fitting.erase(others, fitting.end());
  if (fitting.size() == 1) return fitting.front();
  const std::string& first = names_[fitting[0]];
  const std::string& second = names_[fitting[1]];
  const bool look_alike = first != second && nfc(first) == nfc(second);
  throw AmbiguousName(
      first, second,
      look_alike ? ", which are the same name in two Unicode forms (NFC, NFD); rename one" : "");
}

std::optional<NameIndex::Found> NameIndex::find(std::string_view id) const {
  const std::string name = normal(id);
  if (const auto found = only(by_name_, name, std::identity())) return Found{*found};
  if (const auto found = only(by_stem_, name, without_image_extension)) return Found{*found};
  const std::string stem = without_image_extension(name);
  if (stem == name) return std::nullopt;
  if (const auto found = only(by_stem_, stem, without_image_extension)) return Found{*found, true};
  return std::nullopt;
}

}  // namespace tise::data
