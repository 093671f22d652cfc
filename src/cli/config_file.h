#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

/// Flags written down in TOML: `images = "samples/"` stands for `--images samples/`; keys at the top are the
/// main job's, those of a table the command's of that name.
namespace tise::cli {

/// The file's flags for a command as arguments, but for those that `given` has or that a variable of the
/// environment stands for. Throws InputError where the file can't be read or isn't TOML, UsageError where it
/// has what is no flag of the command.
std::vector<std::string> arguments_in(const std::filesystem::path& file, const CLI::App& command,
                                      const std::vector<std::string>& given);

/// The flags of a parsed command as such a file. Those that have no value are in it as comments.
std::string as_config(const CLI::App& command);

}  // namespace tise::cli
