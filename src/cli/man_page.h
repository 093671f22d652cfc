#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tise::cli {

/// The command line as a manual page: roff's man macros.
std::string man_page(const CLI::App& app);

/// The same as Markdown: docs/reference.md.
std::string reference_page(const CLI::App& app);

}  // namespace tise::cli
