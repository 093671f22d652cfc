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

/// A value that somebody has published, and how ours becomes the same number.
struct PublishedValue {
  std::string model;
  std::string metric;
  double value = 0;
  double times = 1;                                  ///< ours times this is on its scale
  std::optional<std::array<double, 2>> within = {};  ///< limits that it may lie in, both included
  std::string source;
};

/// A published protocol as flags, with what makes a report one of it: recipes/NAME.toml.
struct Recipe {
  std::string name;
  std::filesystem::path file;
  std::string title;
  bool tried = false;                            ///< whether somebody has run it with the published weights
  std::map<std::string, std::string> signature;  ///< of a report's; `*` at an end stands for anything
  std::vector<PublishedValue> published;
};

/// The names of the recipes that come with the program, in order. Throws InputError if they are missing.
std::vector<std::string> recipe_names();

/// Throws UsageError if no recipe has this name, InputError if its file is broken.
Recipe read_recipe(const std::string& name);

/// Gives a parsed command's options that have no value yet those of the recipe. Throws likewise.
report::RecipeUsed apply_recipe(const std::string& name, CLI::App& command);

}  // namespace tise::cli
