#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

/// Flags written down in TOML: `images = "samples/"` stands for `--images samples/`; keys at the top are the
/// main job's, those of a table the command's of that name.
namespace tise::cli {

/// Gives the options of a parsed command that have no value yet (neither typed nor from a variable of the
/// environment) those of the file. Throws InputError if the file can't be read or isn't TOML, UsageError if
/// it names no flag of the command, or a value that the flag doesn't take.
void apply_config(const std::filesystem::path& file, CLI::App& command);

/// The flags of a parsed command as such a file. Those that have no value are in it as comments.
std::string as_config(const CLI::App& command);

}  // namespace tise::cli
