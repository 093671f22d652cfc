#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tise/cli/options.h"

namespace tise::cli {

/// A script with which a shell completes commands, flags, words of choices, metrics and files.
std::string completion(const CLI::App& app, Shell shell);

}  // namespace tise::cli
