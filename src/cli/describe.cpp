#include "describe.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "apart.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::cli {
namespace {

/// The flags of the main job that `tise-eval --help` shows, on one screen. --help-all shows all of them.
constexpr std::array kUsualFlags{"--images",        "--captions", "--real",   "--metrics", "--models",
                                 "--device",        "--store",    "--output", "--html",    "--fail-under",
                                 "--fail-if-worse", "--baseline", "--config", "--help-all"};

FlagText text_of(const CLI::Option& option, bool is_main) {
  FlagText text;
  text.is_positional = option.get_positional();
  text.name = option.get_name();
  const bool takes_value = option.get_items_expected_max() != 0;
  if (takes_value) text.value = option.get_type_name();
  text.fallback = takes_value ? option.get_default_str() : "";
  if (text.fallback.starts_with('"')) text.fallback = text.fallback.substr(1, text.fallback.size() - 2);
  text.environment = option.get_envname();
  text.help = option.get_description();
  text.is_required = option.get_required();
  text.is_repeated = option.get_expected_max() > 1;
  text.is_usual =
      !is_main || std::find(kUsualFlags.begin(), kUsualFlags.end(), text.name) != kUsualFlags.end();
  text.takes_path = is_path(option);
  return text;
}

std::string usage_of(const CommandText& command) {
  if (command.name.empty()) {
    return "tise-eval --images DIR [--captions FILE] [--real DIR|FILE] [FLAG...]\ntise-eval COMMAND "
           "[FLAG...]";
  }
  std::string required;
  std::string operands;
  bool has_others = false;
  for (const FlagText& flag : command.flags()) {
    if (flag.is_positional) {
      operands += " " + flag.value + (flag.is_repeated ? "..." : "");
    } else if (flag.is_required) {
      required += " " + flag.spelled();
    } else if (flag.name != "--help") {
      has_others = true;
    }
  }
  return concat("tise-eval ", command.name, required, has_others ? " [FLAG...]" : "", operands);
}

}  // namespace

std::string FlagText::spelled() const {
  if (is_positional) return value;
  return value.empty() ? name : name + " " + value;
}

std::string FlagText::explained() const {
  return help + (fallback.empty() ? "" : " [" + fallback + "]") +
         (environment.empty() ? "" : " ($" + environment + ")");
}

std::vector<std::string> FlagText::words() const {
  if (value.empty()) return {};
  const std::vector<std::string> words = CLI::detail::split(value, '|');
  const bool all = std::ranges::all_of(words, [](const std::string& word) {
    return std::islower(static_cast<unsigned char>(word.front())) != 0 && word.find('/') == std::string::npos;
  });
  return all ? words : std::vector<std::string>();
}

std::vector<FlagText> CommandText::flags() const {
  std::vector<FlagText> flags;
  for (const GroupText& group : groups) flags.insert(flags.end(), group.flags.begin(), group.flags.end());
  return flags;
}

CommandText describe(const CLI::App& command) {
  const bool is_main = command.get_parent() == nullptr;
  CommandText text{.name = is_main ? "" : command.get_name(),
                   .summary = command.get_description(),
                   .usage = "",
                   .examples = CLI::detail::split(command.get_footer(), '\n'),
                   .groups = {}};
  for (const CLI::Option* option : command.get_options()) {
    const std::string title = option->get_group();
    auto group = std::ranges::find(text.groups, title, &GroupText::title);
    if (group == text.groups.end()) group = text.groups.insert(text.groups.end(), GroupText{title, {}});
    group->flags.push_back(text_of(*option, is_main));
  }
  // CLI11 lists help and version first; they go last.
  std::stable_partition(text.groups.begin(), text.groups.end(),
                        [](const GroupText& group) { return group.title != "Settings and log"; });
  text.usage = usage_of(text);
  return text;
}

std::vector<CommandText> describe_all(const CLI::App& app) {
  std::vector<CommandText> commands{describe(app)};
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(describe(*command));
  return commands;
}

std::vector<Fact> exit_codes() {
  return {{"0", "success"},
          {"1", "a gate failed"},
          {"2", "wrong usage: an unknown flag, metric or value, or a metric named without its input"},
          {"3", "bad input: a file that is missing, unreadable or invalid"},
          {"4", "model or device error"},
          {"5", "internal error"},
          {"130", "interrupted"}};
}

std::vector<Fact> environment_variables(const std::vector<CommandText>& commands) {
  std::vector<Fact> variables;
  for (const CommandText& command : commands) {
    for (const FlagText& flag : command.flags()) {
      const auto known = std::ranges::find(variables, flag.environment, &Fact::name);
      if (!flag.environment.empty() && known == variables.end())
        variables.push_back({flag.environment, "used if " + flag.name + " is not given"});
    }
  }
  variables.push_back(
      {"XDG_DATA_HOME", "its subfolder tise-eval/models is the default models folder [~/.local/share]"});
  variables.push_back(
      {"XDG_CACHE_HOME", "hashes of large archives are cached in its subfolder tise-eval/hashes [~/.cache]"});
  variables.push_back(
      {"TMPDIR", "holds what the networks compute until the run ends, without --store [/tmp]"});
  variables.push_back({"NO_COLOR", "if not empty, output has no color"});
  variables.push_back(
      {"WORLD_SIZE, RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT",
       "set by a launcher such as torchrun: several processes share one run (docs/scale.md)"});
  return variables;
}

std::string wrapped(const std::string& text, std::size_t begin, std::size_t indent, std::size_t width) {
  std::string lines;
  std::size_t column = begin;
  for (const std::string& word : CLI::detail::split(text, ' ')) {
    const std::size_t length = character_count(word);
    if (!lines.empty() && column + 1 + length > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!lines.empty()) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += length;
  }
  return lines;
}

}  // namespace tise::cli
