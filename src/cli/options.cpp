#include "tise/cli/options.h"

#include <algorithm>
#include <iostream>

#include "checks.h"
#include "command_line.h"
#include "completion.h"
#include "config_file.h"
#include "man_page.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"

namespace tise::cli {
namespace {

/// The value of a flag that may be written `--flag value` or `--flag=value`; nothing where it isn't there.
std::optional<std::string> value_of(const std::string& flag, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == flag && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with(flag + "=")) return arguments[i].substr(flag.size() + 1);
  }
  return std::nullopt;
}

/// Adds what the file of --config says to the arguments, after them: nothing that was typed is taken for a
/// value of one of its flags.
void add_config(const CLI::App& app, std::vector<std::string>& arguments) {
  const auto file = value_of("--config", arguments);
  if (!file) return;
  const CLI::App* command = find_command(app, arguments.front());
  const std::vector<std::string> more = arguments_in(*file, command == nullptr ? app : *command, arguments);
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  arguments.insert(end, more.begin(), more.end());
}

std::vector<std::string> names_of_flags(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) names.push_back(option->get_name(false, true));
  }
  return names;
}

/// What was typed and is neither a flag nor a command.
std::string about_unknown(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> unknown = app.remaining(true);
  const auto flag =
      std::find_if(unknown.begin(), unknown.end(), [](const auto& any) { return any.starts_with("-"); });
  const std::string typed = flag == unknown.end() ? unknown.front() : flag->substr(0, flag->find('='));
  const std::string of = command.get_parent() == nullptr ? "" : " of " + command.get_name();
  if (flag != unknown.end())
    return concat(typed, ": no such flag", of, did_you_mean(typed, names_of_flags(command)));
  if (command.get_parent() != nullptr)
    return concat("\"", typed, "\": ", command.get_name(), " takes no more");
  std::vector<std::string> commands;
  for (const CLI::App* any : app.get_subcommands({})) commands.push_back(any->get_name());
  return concat("\"", typed, "\": neither a flag nor a command", did_you_mean(typed, commands));
}

/// CLI11's message in one line.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// The main job's flags before a command would be lost.
void check_order(const CLI::App& command, const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == command.get_name()) return;
    if (argument == "--quiet" || argument == "--verbose" || argument == kLogJsonFlag) continue;
    throw UsageError(
        concat(argument, ": goes after the command: tise-eval ", command.get_name(), " ", argument));
  }
}

void parse(CommandLine& line, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());
  line.app.parse(arguments);
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
  CommandLine line;
  const CLI::App& app = line.app;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  add_config(app, arguments);
  const auto parsed_command = [&]() -> const CLI::App& {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : *parsed.front();
  };
  try {
    parse(line, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return std::nullopt;
    }
    const CLI::App& command = parsed_command();
    const bool is_unknown = !app.remaining(true).empty();  // says more than what is then missing
    throw UsageError(concat(is_unknown ? about_unknown(app, command) : one_line(error.what()),
                            "; see tise-eval ",
                            command.get_parent() == nullptr ? "" : command.get_name() + " ", "--help"));
  }
  const CLI::App& command = parsed_command();
  if (line.options.print_config) {
    std::cout << as_config(command) << std::flush;
    return std::nullopt;
  }
  if (&command == &app) check_evaluate(line.options.evaluate);
  for (const CommandLine::Subcommand& known : line.subcommands) {
    if (known.app != &command) continue;
    check_order(command, arguments);
    known.check();
    line.options.command = known.command;
  }
  if (line.options.command == Command::kCompletion)
    std::cout << completion(app, line.options.shell) << std::flush;
  if (line.options.command == Command::kMan) {
    std::cout << (line.options.man_as_markdown ? reference_page(app) : man_page(app)) << std::flush;
  }
  const bool is_about_itself =
      line.options.command == Command::kCompletion || line.options.command == Command::kMan;
  return is_about_itself ? std::nullopt : std::optional(line.options);
}

}  // namespace tise::cli
