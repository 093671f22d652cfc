#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// The command line in words, and its help. Manual page and completion are commands of their own.
namespace tise::cli {

struct FlagText {
  std::string name;         ///< `--images`; of a positional argument its name
  std::string value;        ///< what follows it: `DIR|FILE`, `paper|tise`; empty: nothing
  std::string fallback;     ///< its default; empty where the help has it, or there is none
  std::string environment;  ///< the variable that stands for it; empty: none
  std::string help;
  bool is_positional = false;
  bool is_required = false;
  bool is_repeated = false;
  bool is_usual = true;  ///< one of most runs' flags
  bool takes_path = false;

  /// `--images DIR|FILE`
  std::string spelled() const;
  /// The help with default and variable: `of IS, IS* and O-IS [10]`.
  std::string explained() const;
  /// The words that it takes, where it takes a few words.
  std::vector<std::string> words() const;
};

struct GroupText {
  std::string title;
  std::vector<FlagText> flags;
};

struct CommandText {
  std::string name;  ///< empty: the main job
  std::string summary;
  std::string usage;
  std::vector<std::string> examples;
  std::vector<GroupText> groups;

  /// Those of all groups.
  std::vector<FlagText> flags() const;
};

CommandText describe(const CLI::App& command);
/// The main job and, after it, the other commands.
std::vector<CommandText> describe_all(const CLI::App& app);

struct Fact {
  std::string name;
  std::string meaning;
};
std::vector<Fact> exit_codes();
/// Those that stand for flags, with the rest that the program heeds.
std::vector<Fact> environment_variables(const std::vector<CommandText>& commands);

/// Text in lines of up to `width` characters, each but the first after `indent` blanks; the first begins at
/// column `begin`.
std::string wrapped(const std::string& text, std::size_t begin, std::size_t indent, std::size_t width);

/// What --help says: of the main job a screen, with --help-all all of it.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace tise::cli
