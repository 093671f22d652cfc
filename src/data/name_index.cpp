#include "name_index.h"

#include <filesystem>

#include "tise/data/images.h"
#include "tise/data/utf8.h"

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

void NameIndex::Names::add(const std::string& name, std::size_t index) {
  as_written_[name].push_back(index);
  if (const std::string composed = nfc(name); composed != name) composed_[composed].push_back(index);
}

std::vector<std::size_t> NameIndex::Names::find(const std::string& name) const {
  const auto of = [](const Places& places, const std::string& key) {
    const auto found = places.find(key);
    return found == places.end() ? std::vector<std::size_t>() : found->second;
  };
  std::vector<std::size_t> found = of(as_written_, name);
  if (!found.empty()) return found;
  const std::string composed = nfc(name);
  if (composed != name) found = of(as_written_, composed);
  const std::vector<std::size_t> others = of(composed_, composed);
  found.insert(found.end(), others.begin(), others.end());
  return found;
}

NameIndex::NameIndex(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    names_.push_back(normal(name));
    whole_.add(names_.back(), names_.size() - 1);
    stems_.add(without_image_extension(names_.back()), names_.size() - 1);
  }
}

std::optional<NameIndex::Found> NameIndex::find(std::string_view id) const {
  const std::string name = normal(id);
  if (const auto found = only(whole_.find(name))) return Found{*found};
  if (const auto found = only(stems_.find(name))) return Found{*found};
  const std::string stem = without_image_extension(name);
  if (stem == name) return std::nullopt;
  if (const auto found = only(stems_.find(stem))) return Found{*found, true};
  return std::nullopt;
}

std::optional<std::size_t> NameIndex::only(const std::vector<std::size_t>& fitting) const {
  if (fitting.empty()) return std::nullopt;
  if (fitting.size() == 1) return fitting.front();
  const std::string& first = names_[fitting[0]];
  const std::string& second = names_[fitting[1]];
  const bool look_alike = first != second && nfc(first) == nfc(second);
  throw AmbiguousName(first, second,
                      look_alike ? ", which are one text in two Unicode forms (NFC, NFD); rename one" : "");
}

}  // namespace tise::data
