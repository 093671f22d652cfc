#include "tise/cli/options.h"

#include <algorithm>
#include <iostream>

#include "apart.h"
#include "command_line.h"
#include "describe.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::cli {
namespace {

std::vector<std::string> names_of_flags(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) names.push_back(option->get_name(false, true));
  }
  return names;
}

std::string see_help(const CLI::App& command) {
  return concat("; see tise-eval ", command.get_parent() == nullptr ? "" : command.get_name() + " ",
                "--help");
}

/// What was typed and is neither a flag nor a command: says more than what is then missing.
std::string about_unknown(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> unknown = app.remaining(true);
  const auto flag =
      std::find_if(unknown.begin(), unknown.end(), [](const auto& any) { return any.starts_with("-"); });
  const std::string typed = flag == unknown.end() ? unknown.front() : flag->substr(0, flag->find('='));
  const std::string of = command.get_parent() == nullptr ? "" : " of " + command.get_name();
  if (flag != unknown.end())
    return concat(typed, ": no such flag", of, did_you_mean(typed, names_of_flags(command)),
                  see_help(command));
  if (command.get_parent() != nullptr)
    return concat("\"", typed, "\": ", command.get_name(), " takes no more", see_help(command));
  std::vector<std::string> commands;
  for (const CLI::App* any : app.get_subcommands({})) commands.push_back(any->get_name());
  return concat("\"", typed, "\": neither a flag nor a command", did_you_mean(typed, commands),
                see_help(command));
}

/// Where nothing of a required option was typed and the file of --config, if any, has nothing either.
void check_required(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_required() && option->count() == 0)
      throw UsageError(concat(CLI::RequiredError(option->get_name()).what(), see_help(command)));
  }
}

/// What the command line asked about itself; there is nothing else to do then.
std::optional<Options> print(const std::string& text) {
  std::cout << text << std::flush;
  return std::nullopt;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App& app = line.app;
  const auto parsed_command = [&]() -> CLI::App& {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : *parsed.front();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return std::nullopt;
    }
    const CLI::App& command = parsed_command();
    if (!app.remaining(true).empty()) throw UsageError(about_unknown(app, command));
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!is_missing) throw UsageError(replaced(error.what(), '\n', " ") + see_help(command));
    // What is missing may come from the file of --config: check_required looks again.
  }
  CLI::App& command = parsed_command();
  if (line.options.config) apply_config(*line.options.config, command);
  check_required(command);
  if (line.options.print_config) return print(as_config(command));
  check_apart(command);
  if (&command == &app) check_evaluate(line.options.evaluate);
  for (const CommandLine::Subcommand& known : line.subcommands) {
    if (known.app != &command) continue;
    known.check();
    line.options.command = known.command;
  }
  if (line.options.command == Command::kCompletion) return print(completion(app, line.options.shell));
  if (line.options.command == Command::kMan)
    return print(line.options.man_as_markdown ? reference_page(app) : man_page(app));
  return line.options;
}

}  // namespace tise::cli
