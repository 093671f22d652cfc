#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tise::cli {

/// What --help says: of the main job a screen, with --help-all all of it.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace tise::cli
