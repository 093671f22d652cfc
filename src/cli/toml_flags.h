#pragma once

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

/// Flags in TOML, for --config and for recipes.
namespace tise::cli {

/// Throws InputError if the file can't be read or isn't TOML.
toml::table read_toml(const std::filesystem::path& file);

/// `config run.toml, line 3`
std::string place_in(const std::filesystem::path& file, const toml::source_region& source);

/// Applies a TOML table to the options of a parsed command that have no value yet. The main job uses its top
/// level, other commands the table with their name. Returns the keys whose options already have a different
/// value. Throws UsageError.
std::vector<std::string> apply_toml(const toml::table& content, const std::filesystem::path& file,
                                    CLI::App& command);

}  // namespace tise::cli
