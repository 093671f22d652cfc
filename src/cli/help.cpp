#include "describe.h"
#include "tise/base/concat.h"

namespace tise::cli {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kMargin = 2;
constexpr std::size_t kHelpColumn = 27;

/// A name and its meaning, in columns. A name that is too long gets a line of its own.
std::string entry(const std::string& name, const std::string& meaning) {
  std::string line = std::string(kMargin, ' ') + name;
  if (line.size() + 2 > kHelpColumn) {
    line += "\n" + std::string(kHelpColumn, ' ');
  } else {
    line.resize(kHelpColumn, ' ');
  }
  return line + wrapped(meaning, kHelpColumn, kHelpColumn, kWidth) + "\n";
}

std::string flags(const CommandText& command, bool all) {
  std::string text;
  for (const GroupText& group : command.groups) {
    std::string lines;
    for (const FlagText& flag : group.flags) {
      if (all || flag.is_usual) lines += entry(flag.spelled(), flag.explained());
    }
    if (!lines.empty()) text += concat(all ? "\n" : "", group.title, "\n", lines);
  }
  return text;
}

std::string examples(const CommandText& command) {
  std::string text = command.examples.size() > 1 ? "\nExamples\n" : "\nExample\n";
  for (const std::string& example : command.examples) text += std::string(kMargin, ' ') + example + "\n";
  return text;
}

std::string commands(const CLI::App& app) {
  std::string text = "\nCommands (tise-eval COMMAND --help shows more)\n";
  for (const CLI::App* command : app.get_subcommands({})) {
    std::string line = std::string(kMargin, ' ') + command->get_name();
    line.resize(14, ' ');
    text += line + command->get_description() + "\n";
  }
  return text;
}

std::string codes() {
  std::string text;
  for (const Fact& code : exit_codes()) {
    text += concat(text.empty() ? "" : ", ", code.name, " ", code.meaning.substr(0, code.meaning.find(':')));
  }
  return "\n" + wrapped("Exit codes: " + text + ".", 0, kMargin, kWidth) + "\n";
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const {
  const CommandText command = describe(*app);
  const bool is_main = command.name.empty();
  const bool all = !is_main || mode == CLI::AppFormatMode::All;
  std::string usage = command.usage;
  if (const std::size_t end = usage.find('\n'); end != std::string::npos) usage.insert(end + 1, 7, ' ');
  std::string text =
      concat("tise-eval", is_main ? "" : " " + command.name, ": ", command.summary, "\n\nUsage: ", usage,
             "\n", examples(command), all ? "" : "\n", flags(command, all));
  if (is_main) text += commands(*app) + codes();
  return text;
}

}  // namespace tise::cli
