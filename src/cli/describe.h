#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// Descriptions of all commands and flags. --help, the manual page and the completion scripts use them.
namespace tise::cli {

struct FlagText {
  std::string name;         ///< `--images`; the name of a positional argument
  std::string value;        ///< `DIR|FILE`, `paper|tise`; empty if it takes no value
  std::string fallback;     ///< its default; empty if it has none or `help` states it
  std::string environment;  ///< the environment variable that sets it, if any
  std::string help;
  bool is_positional = false;
  bool is_required = false;
  bool is_repeated = false;
  bool is_usual = true;  ///< shown by --help, not only by --help-all
  bool takes_path = false;

  /// `--images DIR|FILE`
  std::string spelled() const;
  /// The help with its default and variable: `images per batch [auto] ($TISE_BATCH_SIZE)`.
  std::string explained() const;
  /// The words that it accepts, such as `paper` and `tise`; empty if it takes other values.
  std::vector<std::string> words() const;
};

struct GroupText {
  std::string title;
  std::vector<FlagText> flags;
};

struct CommandText {
  std::string name;  ///< empty for the main job
  std::string summary;
  std::string usage;
  std::vector<std::string> examples;
  std::vector<GroupText> groups;

  /// The flags of all groups.
  std::vector<FlagText> flags() const;
};

CommandText describe(const CLI::App& command);
/// The main job, then the other commands.
std::vector<CommandText> describe_all(const CLI::App& app);

struct Fact {
  std::string name;
  std::string meaning;
};
std::vector<Fact> exit_codes();
/// The variables that stand for flags, then the others that the program reads.
std::vector<Fact> environment_variables(const std::vector<CommandText>& commands);

/// Wraps text into lines of at most `width` characters. The first line starts at column `begin`; the others
/// are indented by `indent` blanks.
std::string wrapped(const std::string& text, std::size_t begin, std::size_t indent, std::size_t width);

/// Formats --help. For the main job, --help fits on a screen and --help-all shows every flag.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace tise::cli
