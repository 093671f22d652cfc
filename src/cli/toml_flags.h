#pragma once

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

/// Flags in TOML: those of --config, and of recipes.
namespace tise::cli {

/// Throws InputError if the file can't be read or isn't TOML.
toml::table read_toml(const std::filesystem::path& file);

/// `config run.toml, line 3`
std::string place_in(const std::filesystem::path& file, const toml::source_region& source);

/// Gives the options of a parsed command that have no value yet those of the table: of its top for the main
/// job, else of the table of the command's name. Returns the keys whose options have another
/// value already. Throws UsageError.
std::vector<std::string> apply_toml(const toml::table& content, const std::filesystem::path& file,
                                    CLI::App& command);

}  // namespace tise::cli
