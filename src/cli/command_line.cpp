// From what was typed to the job to run.

#include "command_line.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "apart.h"
#include "commands.h"
#include "describe.h"
#include "flags.h"
#include "recipe.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/report/report.h"

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

/// The message about an argument that is neither a flag nor a command. It is more useful than CLI11's about
/// what is missing as a result.
std::string about_unknown(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> unknown = app.remaining(true);
  const auto flag =
      std::find_if(unknown.begin(), unknown.end(), [](const auto& any) { return any.starts_with("-"); });
  const std::string typed = flag == unknown.end() ? unknown.front() : flag->substr(0, flag->find('='));
  if (flag != unknown.end())
    return concat(typed, ": ", command.get_parent() == nullptr ? "" : command.get_name() + " has ",
                  "no such flag", did_you_mean(typed, names_of_flags(command)), see_help(command));
  if (command.get_parent() != nullptr)
    return concat("unexpected argument \"", typed, "\" for ", command.get_name(), see_help(command));
  std::vector<std::string> commands;
  for (const CLI::App* any : app.get_subcommands({})) commands.push_back(any->get_name());
  return concat("\"", typed, "\": neither a flag nor a command", did_you_mean(typed, commands),
                see_help(command));
}

/// The message about a flag that takes one value but was given several; empty if there is none.
std::string about_repeated(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::vector<std::string>& values = option->results();
    const bool takes_one = option->get_items_expected_max() == 1 &&
                           option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw;
    if (!takes_one || values.size() < 2) continue;
    return concat(option->get_name(), ": takes one ", option->get_type_name(), ", but was given ",
                  values.size(), " (", joined(values), "); pass one of them, or run tise-eval once for each");
  }
  return "";
}

/// Throws UsageError if a required option was neither typed nor set by --config or --recipe.
void check_required(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_required() && option->count() == 0)
      throw UsageError(concat(CLI::RequiredError(option->get_name()).what(), see_help(command)));
  }
}

/// Throws UsageError if flags of the main job come before a command, where they would be lost.
void check_before(const CLI::App& app, const CLI::App& command) {
  constexpr std::array kAnywhere{"--help", "--help-all", "--version", "--quiet", "--verbose", kLogJsonFlag};
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name();
    if (option->count() == 0 || std::find(kAnywhere.begin(), kAnywhere.end(), flag) != kAnywhere.end())
      continue;
    const std::string name = command.get_name();
    if (command.get_option_no_throw(flag) == nullptr)
      throw UsageError(concat(flag, ": ", name, " has no such flag; see tise-eval ", name, " --help"));
    const std::string value = joined(option->results(), ",");
    throw UsageError(concat(flag, ": goes after the command: tise-eval ", name, " ", flag,
                            option->get_items_expected_max() == 0 || value.empty() ? "" : " " + value));
  }
}

}  // namespace

CommandLine::CommandLine()
    : app("Scores text-to-image generators: many metrics from one pass over the images, as JSON.",
          "tise-eval") {
  const report::Tool tool = report::this_tool();
  app.set_version_flag("--version", tool.version + " (" + tool.commit + ")",
                       "print the version and the commit")
      ->group(kSettings);
  app.set_help_flag("-h,--help", "show the most common flags, and the commands")->group(kSettings);
  app.set_help_all_flag("--help-all", "show all flags, not only the most common ones")->group(kSettings);
  app.formatter(std::make_shared<HelpFormatter>());
  app.fallthrough(false);
  app.require_subcommand(0, 1);
  for (const auto add_command :
       {add_evaluate, add_demo, add_doctor, add_inputs, add_stats, add_compare, add_rank, add_merge,
        add_calibrate, add_annotate, add_explain, add_recipes, add_models, add_completion, add_man})
    add_command(*this);
}

CLI::App& CommandLine::add(const char* name, const char* summary, const char* examples, Job job) {
  CLI::App* added = app.add_subcommand(name, summary);
  added->set_help_flag("-h,--help", "show this help")->group(kSettings);
  added->set_help_all_flag("");
  added->footer(examples);
  added->preparse_callback([this, added](std::size_t) { check_before(app, *added); });
  subcommands_.push_back({added, std::move(job)});
  return *added;
}

CLI::App& CommandLine::parsed_command() {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : *parsed.front();
}

std::optional<Job> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return std::nullopt;
    }
    const CLI::App& command = parsed_command();
    if (!app.remaining(true).empty()) throw UsageError(about_unknown(app, command));
    if (const std::string repeated = about_repeated(command); !repeated.empty()) throw UsageError(repeated);
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!is_missing) throw UsageError(replaced(error.what(), '\n', " ") + see_help(command));
    // The --config file may still set it: check_required looks again.
  }
  CLI::App& command = parsed_command();
  if (config) apply_config(*config, command);
  if (recipe) recipe_used = apply_recipe(*recipe, command);
  check_required(command);
  if (print_config) {
    std::cout << as_config(command) << std::flush;
    return std::nullopt;
  }
  check_apart(command);
  const auto of = std::ranges::find(subcommands_, &command, &Subcommand::app);
  return of == subcommands_.end() ? main_ : of->job;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

}  // namespace tise::cli
