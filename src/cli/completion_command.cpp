// `tise-eval completion`. The scripts are static: completing doesn't run the program, so it is as fast as the
// shell.

#include <iostream>
#include <memory>

#include "commands.h"
#include "describe.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"

namespace tise::cli {
namespace {

enum class Shell { kBash, kZsh, kFish };

/// What follows a flag.
enum class Follows { kNothing, kWords, kPath, kAnything };

struct Completed {
  Follows follows = Follows::kNothing;
  std::vector<std::string> words;
  bool is_list = false;  ///< comma-separated words
};

Completed completed(const FlagText& flag) {
  if (flag.value.empty()) return {};
  if (flag.value == "LIST" || flag.value == "METRIC=N") {
    std::vector<std::string> keys;
    for (const metrics::Metric* metric : metrics::registry()) {
      keys.push_back(std::string(metric->key) + (flag.value == "LIST" ? "" : "="));
    }
    if (flag.name == "--metrics") keys.emplace_back(metrics::kFidelity);
    return {Follows::kWords, keys, flag.value == "LIST"};
  }
  if (flag.name == "--models") return {Follows::kPath, {"shapes"}};
  if (flag.name == "--device") return {Follows::kWords, {"auto", "cpu", "cuda", "cuda:0"}};
  if (flag.value == "N|auto") return {Follows::kWords, {"auto"}};
  if (std::vector<std::string> words = flag.words(); !words.empty()) return {Follows::kWords, words};
  return {flag.takes_path ? Follows::kPath : Follows::kAnything, {}};
}

/// The names of all commands, separated by blanks; the main job has no name.
std::string command_names(const std::vector<CommandText>& commands) {
  std::vector<std::string> names;
  for (const CommandText& command : commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return joined(names, " ");
}

/// Quotes text for a POSIX shell or zsh.
std::string quoted(const std::string& text) { return "'" + replaced(text, '\'', "'\\''") + "'"; }

constexpr const char* kBashStart =
    R"sh(# Completion of tise-eval for bash: eval "$(tise-eval completion bash)"
_tise_eval_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}
_tise_eval_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"; compgen -f -- "$word")
}
_tise_eval_list() {
  local before=
  [[ $word == *,* ]] && before=${word%,*},
  compopt -o nospace
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${word##*,}")
}
_tise_eval() {
  local word=$2 previous=$3 command= commands=)sh";
constexpr const char* kBashChoice = R"sh(
  ((COMP_CWORD > 1)) && [[ " $commands " == *" ${COMP_WORDS[1]} "* ]] && command=${COMP_WORDS[1]}
  COMPREPLY=()
  case $command in
)sh";

std::string bash_case(const CommandText& command) {
  std::vector<std::string> names;
  std::string values;
  std::string operands = "_tise_eval_files";
  for (const FlagText& flag : command.flags()) {
    const Completed what = completed(flag);
    if (flag.is_positional) {
      if (!what.words.empty()) operands = concat("_tise_eval_words ", quoted(joined(what.words, " ")));
      continue;
    }
    names.push_back(flag.name);
    if (what.follows == Follows::kNothing) continue;
    const std::string words = quoted(joined(what.words, " "));
    const std::string action = what.is_list                      ? "_tise_eval_list " + words
                               : what.follows == Follows::kWords ? "_tise_eval_words " + words
                               : what.follows == Follows::kPath  ? "_tise_eval_files " + words
                                                                 : ":";
    values += concat("        ", flag.name, ") ", action, "; return ;;\n");
  }
  return concat("    ", command.name.empty() ? "''" : command.name, ")\n      case $previous in\n", values,
                "      esac\n      case $word in\n        -*) _tise_eval_words ", quoted(joined(names, " ")),
                " ;;\n        *) ",
                command.name.empty()
                    ? "((COMP_CWORD == 1)) && _tise_eval_words \"$commands\" || _tise_eval_files"
                    : operands,
                " ;;\n      esac ;;\n");
}

std::string bash(const std::vector<CommandText>& commands) {
  std::string cases;
  for (const CommandText& command : commands) cases += bash_case(command);
  return concat(kBashStart, quoted(command_names(commands)), kBashChoice, cases,
                "  esac\n}\ncomplete -F _tise_eval tise-eval\n");
}

/// Escapes text for zsh's _arguments, where brackets and colons have a meaning and backticks would be run.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c == '`' ? '"' : c;
  }
  return escaped;
}

std::string zsh_action(const Completed& what) {
  if (what.is_list) return concat("_values -s , metric ", joined(what.words, " "));
  if (what.follows == Follows::kWords) {
    const bool is_assigned = what.words.front().ends_with('=');
    return is_assigned ? concat("compadd -S \"\" -- ", joined(what.words, " "))
                       : concat("(", zsh_text(joined(what.words, " ")), ")");
  }
  if (what.follows != Follows::kPath) return " ";
  return what.words.empty() ? "_files" : concat("{compadd ", joined(what.words, " "), "; _files}");
}

std::string zsh_arguments(const CommandText& command, const std::string& indent) {
  std::string lines;
  for (const FlagText& flag : command.flags()) {
    const Completed what = completed(flag);
    std::string spec;
    if (flag.is_positional) {
      spec = concat("*:", zsh_text(flag.help), ":", zsh_action(what));
    } else {
      spec = concat(flag.name, "[", zsh_text(flag.help), "]");
      if (what.follows != Follows::kNothing) spec += concat(":", zsh_text(flag.value), ":", zsh_action(what));
    }
    lines += concat(" \\\n", indent, quoted(spec));
  }
  return lines;
}

std::string zsh(const std::vector<CommandText>& commands) {
  std::string names;
  std::string cases;
  for (const CommandText& command : commands) {
    if (command.name.empty()) continue;
    names += concat("    ", quoted(command.name + ":" + zsh_text(command.summary)), "\n");
    cases += concat("    ", command.name, ") shift words; ((CURRENT--)); _arguments",
                    zsh_arguments(command, "      "), "\n      return ;;\n");
  }
  return concat(
      "#compdef tise-eval\n# Completion of tise-eval for zsh: tise-eval completion zsh > "
      "\"${fpath[1]}/_tise-eval\"\n",
      "_tise_eval() {\n  local -a commands=(\n", names, "  )\n  case $words[2] in\n", cases,
      "  esac\n  if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n    _describe command commands\n    "
      "return\n  fi\n",
      "  _arguments", zsh_arguments(commands.front(), "    "),
      "\n}\nif [[ $funcstack[1] == _tise-eval ]]; then _tise_eval \"$@\"; else compdef _tise_eval "
      "tise-eval; fi\n");
}

/// Quotes text for fish.
std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish(const std::vector<CommandText>& commands) {
  std::string text = concat(
      "# Completion of tise-eval for fish: tise-eval completion fish > "
      "~/.config/fish/completions/tise-eval.fish\n"
      "set -l commands ",
      command_names(commands), "\n");
  for (const CommandText& command : commands) {
    const std::string condition = command.name.empty()
                                      ? "\"not __fish_seen_subcommand_from $commands\""
                                      : fish_quoted("__fish_seen_subcommand_from " + command.name);
    if (!command.name.empty()) {
      text += concat("complete -c tise-eval -n __fish_is_first_token -a ", command.name, " -d ",
                     fish_quoted(command.summary), "\n");
    }
    for (const FlagText& flag : command.flags()) {
      const Completed what = completed(flag);
      std::string line = concat("complete -c tise-eval -n ", condition);
      if (!flag.is_positional) line += concat(" -l ", flag.name.substr(2));
      if (what.follows == Follows::kWords) {
        line += concat(what.is_list || !flag.is_positional ? " -x" : " -f", " -a ",
                       fish_quoted(joined(what.words, " ")));
      } else if (what.follows == Follows::kPath) {
        line += flag.is_positional ? " -F" : " -r -F";
      } else if (what.follows == Follows::kAnything) {
        line += " -x";
      }
      text += concat(line, " -d ", fish_quoted(flag.help), "\n");
    }
  }
  return text;
}

std::string completion(const CLI::App& app, Shell shell) {
  const std::vector<CommandText> commands = describe_all(app);
  if (shell == Shell::kBash) return bash(commands);
  return shell == Shell::kZsh ? zsh(commands) : fish(commands);
}

}  // namespace

void add_completion(CommandLine& line) {
  const auto shell = std::make_shared<Shell>(Shell::kBash);
  CLI::App& command = line.add("completion", "print a shell completion script",
                               "eval \"$(tise-eval completion bash)\"\n"
                               "tise-eval completion fish > tise-eval.fish",
                               [shell, &app = line.app](World) {
                                 std::cout << completion(app, *shell);
                                 return ExitCode::kOk;
                               });
  add_choice<Shell>(command, kInputs, "shell", *shell,
                    {{"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}},
                    "which shell; its script goes into ~/.bashrc (bash), a file _tise-eval in fpath (zsh) or "
                    "~/.config/fish/completions/ (fish)")
      ->required()
      ->default_str("");
}

}  // namespace tise::cli
