#include <iostream>
#include <memory>

#include "commands.h"
#include "describe.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::cli {
namespace {

/// A text that roff prints as it is.
std::string roff(const std::string& text) {
  const std::string escaped = replaced(replaced(text, '\\', "\\e"), '-', "\\-");
  const bool is_control = escaped.starts_with('.') || escaped.starts_with('\'');
  return is_control ? "\\&" + escaped : escaped;
}

std::string roff_flag(const FlagText& flag) {
  std::string head =
      flag.is_positional ? "\\fI" + roff(flag.value) + "\\fR" : "\\fB" + roff(flag.name) + "\\fR";
  if (!flag.is_positional && !flag.value.empty()) head += " \\fI" + roff(flag.value) + "\\fR";
  return concat(".TP\n", head, "\n", roff(flag.explained()), "\n");
}

std::string roff_facts(const char* title, const std::vector<Fact>& facts) {
  std::string text = concat(".SH ", title, "\n");
  for (const Fact& fact : facts)
    text += concat(".TP\n\\fB", roff(fact.name), "\\fR\n", roff(fact.meaning), "\n");
  return text;
}

std::string roff_examples(const CommandText& command) {
  std::string text = ".PP\n.nf\n";
  for (const std::string& example : command.examples) text += roff(example) + "\n";
  return text + ".fi\n";
}

std::vector<Fact> metric_facts() {
  std::vector<Fact> facts;
  for (const metrics::Metric* metric : metrics::registry()) {
    facts.push_back(
        {std::string(metric->key),
         concat(metric->summary, metric->higher_is_better ? "; high is better" : "; low is better")});
  }
  facts.push_back({"RS", "sum over six aspects of the rank among other reports; high is better"});
  return facts;
}

/// A cell of a Markdown table.
std::string cell(const std::string& text) { return replaced(text, '|', "\\|"); }

std::string table(const char* heads, const std::vector<Fact>& rows) {
  std::string text = concat(heads, "\n|---|---|\n");
  for (const Fact& row : rows) text += concat("| `", cell(row.name), "` | ", cell(row.meaning), " |\n");
  return text + "\n";
}

std::string section(const CommandText& command) {
  std::string text = concat("## ", command.name.empty() ? "tise-eval" : "tise-eval " + command.name, "\n\n",
                            command.summary, "\n\n```text\n", command.usage, "\n```\n\n```sh\n");
  for (const std::string& example : command.examples) text += example + "\n";
  text += "```\n\n";
  for (const GroupText& group : command.groups) {
    std::vector<Fact> rows;
    for (const FlagText& flag : group.flags) rows.push_back({flag.spelled(), flag.explained()});
    text += table(concat("| ", group.title, " | |").c_str(), rows);
  }
  return text;
}

std::string man_page(const CLI::App& app) {
  const std::vector<CommandText> commands = describe_all(app);
  const CommandText& job = commands.front();
  std::string text = concat(
      ".TH TISE\\-EVAL 1 \"\" \"tise\\-eval ", report::this_tool().version, "\"\n.SH NAME\ntise\\-eval \\- ",
      roff(job.summary), "\n.SH SYNOPSIS\n.nf\n", roff(job.usage), "\n.fi\n.SH DESCRIPTION\n",
      "The report goes to standard output, or to the file of \\fB\\-\\-output\\fR; the table and ",
      "what the program says go to standard error. Flags may be written down in a file "
      "(\\fB\\-\\-config\\fR): ",
      "those on the command line win, then variables of the environment, then the file.\n", ".SH OPTIONS\n");
  for (const GroupText& group : job.groups) {
    text += concat(".SS ", roff(group.title), "\n");
    for (const FlagText& flag : group.flags) text += roff_flag(flag);
  }
  text += ".SH COMMANDS\n";
  for (std::size_t i = 1; i < commands.size(); ++i) {
    text += concat(".SS ", roff(commands[i].usage), "\n", roff(commands[i].summary), "\n",
                   roff_examples(commands[i]));
    for (const FlagText& flag : commands[i].flags()) {
      if (flag.name != "--help") text += roff_flag(flag);
    }
  }
  text += roff_facts("METRICS", metric_facts());
  text += roff_facts("EXIT STATUS", exit_codes());
  text += roff_facts("ENVIRONMENT", environment_variables(commands));
  return text + ".SH EXAMPLES\n" + roff_examples(job);
}

std::string reference_page(const CLI::App& app) {
  const std::vector<CommandText> commands = describe_all(app);
  std::string text =
      "# Reference of the command line\n\nMade by `tise-eval man --markdown`: what `--help` and the manual "
      "page say.\n\n"
      "Flags win over variables of the environment, these over the file of `--config`, which is TOML: a key "
      "for each\n"
      "flag of the main job, and a table for each command's (`[stats]`).\n\n";
  for (const CommandText& command : commands) text += section(command);
  text += "## Metrics\n\n" + table("| key | |", metric_facts());
  text += "## Exit codes\n\n" + table("| code | |", exit_codes());
  text += "## Environment\n\n" + table("| variable | |", environment_variables(commands));
  text.pop_back();
  return text;
}

}  // namespace

void add_man(CommandLine& line) {
  const auto is_markdown = std::make_shared<bool>(false);
  CLI::App& command = line.add("man", "all of this as a manual page",
                               "tise-eval man > tise-eval.1\ntise-eval man --markdown > tise-eval.md",
                               [is_markdown, &app = line.app](World) {
                                 std::cout << (*is_markdown ? reference_page(app) : man_page(app));
                                 return ExitCode::kOk;
                               });
  add(command, kReports, "--markdown", *is_markdown, "as Markdown (docs/reference.md)");
}

}  // namespace tise::cli
