#include "name_index.h"

#include <filesystem>

#include "tise/data/images.h"

namespace tise::data {
namespace {

/// `./a//b` and `a/b` are the same image.
std::string normal(std::string_view id) {
  return std::filesystem::path(id).lexically_normal().generic_string();
}

std::string without_image_extension(const std::string& name) {
  return is_image_name(name) ? name.substr(0, name.rfind('.')) : name;
}

}  // namespace

NameIndex::NameIndex(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    names_.push_back(normal(name));
    by_name_.emplace(names_.back(), names_.size() - 1);
    by_stem_[without_image_extension(names_.back())].push_back(names_.size() - 1);
  }
}

std::optional<NameIndex::Found> NameIndex::find(std::string_view id) const {
  const std::string name = normal(id);
  if (const auto exact = by_name_.find(name); exact != by_name_.end()) return Found{exact->second};
  if (const auto found = find_stem(name)) return Found{*found};
  const std::string stem = without_image_extension(name);
  if (stem == name) return std::nullopt;
  if (const auto found = find_stem(stem)) return Found{*found, true};
  return std::nullopt;
}

std::optional<std::size_t> NameIndex::find_stem(const std::string& stem) const {
  const auto found = by_stem_.find(stem);
  if (found == by_stem_.end()) return std::nullopt;
  const std::vector<std::size_t>& fitting = found->second;
  if (fitting.size() > 1) throw AmbiguousName(names_[fitting[0]], names_[fitting[1]]);
  return fitting.front();
}

}  // namespace tise::data
