#include "recipe.h"

#include <algorithm>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/shared_folder.h"
#include "toml_flags.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "recipes";
constexpr const char* kTable = "recipe";

fs::path folder_of_recipes() {
  fs::path folder = shared_folder(kFolder);
  if (folder.empty()) throw InputError(concat("recipes: ", shared_places(kFolder)));
  return folder;
}

fs::path file_of(const std::string& name) {
  const std::vector<std::string> names = recipe_names();
  if (std::ranges::find(names, name) == names.end()) {
    throw UsageError(concat("recipe \"", name, "\": no such recipe; the recipes are ", joined(names),
                            did_you_mean(name, names)));
  }
  return folder_of_recipes() / (name + ".toml");
}

/// A value of a recipe. Throws InputError if it is missing or has another type.
template <typename T>
T value_in(const toml::node_view<const toml::node>& node, const fs::path& file, const std::string& what) {
  if (const auto value = node.value<T>()) return *value;
  throw InputError(concat("recipe ", file.string(), ": needs ", what));
}

/// The values that a field may have: one, or a list.
std::vector<std::string> allowed_in(const toml::node& node, const fs::path& file) {
  const auto value_of = [&](const toml::node& value) {
    return value_in<std::string>(toml::node_view<const toml::node>(value), file,
                                 "a string, or a list of strings, for each field of its signature");
  };
  if (!node.is_array()) return {value_of(node)};
  std::vector<std::string> allowed;
  for (const toml::node& value : *node.as_array()) allowed.push_back(value_of(value));
  return allowed;
}

PublishedValue published_in(const toml::node_view<const toml::node>& node, const fs::path& file) {
  PublishedValue published{
      .model = value_in<std::string>(node["model"], file, "the model of each published value"),
      .metric = value_in<std::string>(node["metric"], file, "the metric of each published value"),
      .value = value_in<double>(node["value"], file, "a number for each published value"),
      .times = node["times"].value_or(1.0),
      .source = value_in<std::string>(node["source"], file, "the source of each published value")};
  if (node["within"]) {
    published.within = {value_in<double>(node["within"][0], file, "two limits"),
                        value_in<double>(node["within"][1], file, "two limits")};
  }
  return published;
}

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const fs::path& path : entries_of(folder_of_recipes(), "recipes")) {
    if (path.extension() == ".toml") names.push_back(path.stem().string());
  }
  return names;
}

namespace {

Recipe recipe_in(const toml::table& content, const std::string& name, const fs::path& file) {
  Recipe recipe;
  recipe.name = name;
  recipe.file = file;
  const auto table = content[kTable];
  recipe.title = value_in<std::string>(table["title"], recipe.file, "a title");
  recipe.tried = value_in<bool>(table["tried"], recipe.file, "tried: true or false");
  if (const auto* fields = table["signature"].as_table()) {
    for (const auto& [key, value] : *fields)
      recipe.signature[std::string(key.str())] = allowed_in(value, recipe.file);
  }
  if (const auto* list = table["published"].as_array()) {
    for (const toml::node& one : *list)
      recipe.published.push_back(published_in(toml::node_view<const toml::node>(one), recipe.file));
  }
  return recipe;
}

}  // namespace

Recipe read_recipe(const std::string& name) {
  const fs::path file = file_of(name);
  return recipe_in(read_toml(file), name, file);
}

report::RecipeUsed apply_recipe(const std::string& name, CLI::App& command) {
  const fs::path file = file_of(name);
  toml::table content = read_toml(file);
  const bool tried = recipe_in(content, name, file).tried;
  content.erase(kTable);
  return {name, tried, apply_toml(content, file, command)};
}

}  // namespace tise::cli
