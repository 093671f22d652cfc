#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::cli {

/// A path and the flag that gave it.
struct NamedPath {
  std::string flag;
  std::filesystem::path path;
};

/// Whether an option's values are paths, judged by the name of its type.
bool is_path(const CLI::Option& option);

/// Throws UsageError if two outputs are the same file, however they are spelled, or if an output would
/// replace an input: a file, an image or archive in a folder of images, or anything in a store. Pipes and
/// devices are never refused.
void check_apart(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs);

/// Checks the paths that a command was given. Call it before anything is read or written.
void check_apart(const CLI::App& command);

}  // namespace tise::cli
