#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::cli {

/// A path, and what it was given with.
struct NamedPath {
  std::string flag;
  std::filesystem::path path;
};

/// Whether an option's values are paths, by the name of its type.
bool is_path(const CLI::Option& option);

/// Throws UsageError if two outputs are one file, however they are spelled, or if one is an input: a file, an
/// image or archive in a folder of images, or anything in a store. A pipe or a device is never a file of this
/// kind.
void check_apart(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs);

/// The same for what a command was given. To be called before anything is read or written.
void check_apart(const CLI::App& command);

}  // namespace tise::cli
