#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tise/report/report.h"

namespace tise::cli {

/// A published value, and the factor that brings ours to the same scale.
struct PublishedValue {
  std::string model;
  std::string metric;
  double value = 0;
  double times = 1;                                  ///< factor from our value to the published scale
  std::optional<std::array<double, 2>> within = {};  ///< limits for our scaled value, both included
  std::string source;
};

/// A published protocol as flags, with what the report of a run by it must contain: recipes/NAME.toml.
struct Recipe {
  std::string name;
  std::filesystem::path file;
  std::string title;
  bool tried = false;  ///< whether somebody has run it with the published weights
  /// The allowed values of fields; a final `*` matches anything.
  std::map<std::string, std::vector<std::string>> signature;
  std::vector<PublishedValue> published;
};

/// The names of the recipes that come with the program, in order. Throws InputError if it cannot find the
/// folder of recipes.
std::vector<std::string> recipe_names();

/// Throws UsageError if no recipe has this name, InputError if its file is broken.
Recipe read_recipe(const std::string& name);

/// Applies the recipe to the options of a parsed command that have no value yet. Throws like read_recipe.
report::RecipeUsed apply_recipe(const std::string& name, CLI::App& command);

}  // namespace tise::cli
