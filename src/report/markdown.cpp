// A summary in Markdown, for comments on pull requests and for job summaries.

#include <algorithm>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/report/gates.h"

namespace tise::report {
namespace {

/// Text for a table cell, with Markdown and HTML markup escaped.
std::string cell(const std::string& text) {
  constexpr std::string_view kMarks = "|\\`*_[]";
  std::string result;
  for (const char c : replaced(replaced(printable(text), '\n', " "), '<', "&lt;")) {
    if (kMarks.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& one : cells) text += concat(" ", cell(one), " |");
  return text + "\n";
}

std::string gates_table(const std::vector<GateResult>& gates) {
  std::string text = "| gate | | |\n|---|---|---|\n";
  for (const GateResult& gate : gates) {
    // The message begins with the gate's name.
    const std::string said = gate.message.substr(std::min(gate.message.size(), gate.name.size() + 2));
    text += row({gate.name, gate.crossed ? "failed" : "passed", said});
  }
  return text + "\n";
}

std::string metrics_table(const Report& report, const std::optional<Comparison>& comparison,
                          const std::string& baseline) {
  std::string text = comparison
                         ? row({"metric", "better", "value ± error", baseline, "difference", "Holm's p"}) +
                               "|---|---|---|---|---|---|\n"
                         : row({"metric", "better", "value ± error", "n"}) + "|---|---|---|---|\n";
  for (const MetricEntry& entry : report.metrics) {
    if (!entry.result.value) continue;
    std::vector<std::string> cells{entry.key, entry.higher_is_better ? "high" : "low",
                                   with_error(entry.result)};
    const Difference* difference = comparison ? comparison->find(entry.key) : nullptr;
    if (difference != nullptr) {
      cells.insert(cells.end(),
                   {shown(difference->baseline), difference->words(), shown_p(difference->p_adjusted)});
    } else if (comparison) {
      cells.insert(cells.end(), {"", "", ""});
    } else {
      cells.push_back(std::to_string(entry.result.n));
    }
    text += row(cells);
  }
  return text + "\n";
}

}  // namespace

std::string to_markdown(const Report& report, const std::optional<Comparison>& comparison,
                        const std::string& baseline, const std::vector<GateResult>& gates) {
  const auto crossed = std::ranges::count(gates, true, &GateResult::crossed);
  std::string text = "### tise-eval: ";
  text += gates.empty()  ? counted(report.inputs.images.count, "image")
          : crossed == 0 ? concat(gates.size() == 1 ? "" : "all ", counted(gates.size(), "gate"), " passed")
                         : concat(crossed, " of ", counted(gates.size(), "gate"), " failed");
  text += "\n\n";
  if (!gates.empty()) text += gates_table(gates);
  text += metrics_table(report, comparison, baseline);
  std::string doubted;
  for (const MetricEntry& entry : report.metrics) {
    if (!entry.result.value || entry.result.unreliable.empty()) continue;
    doubted += concat("- ", cell(entry.key), ": ", cell(entry.result.unreliable), "\n");
  }
  if (!doubted.empty()) text += "? Unreliable standard errors:\n\n" + doubted + "\n";
  if (comparison) {
    for (const std::string& note : comparison->notes) text += concat("Comparison: ", cell(note), "\n\n");
  }
  for (const std::string& warning : report.warnings) text += concat("Warning: ", cell(warning), "\n\n");
  return text + concat("<details><summary>Signature</summary>\n\n`", signature(report), "`\n</details>\n");
}

}  // namespace tise::report
