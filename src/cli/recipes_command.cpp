// `tise-eval recipes`: shows the published protocols of --recipe, and checks whether a report follows one.

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "flags.h"
#include "recipe.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/report/report.h"

namespace tise::cli {
namespace {

using nlohmann::json;

struct RecipesOptions {
  std::vector<std::string> operands;  ///< a recipe and, with --check, a report
  bool checks = false;
};

void list_recipes() {
  std::size_t width = 0;
  const std::vector<std::string> names = recipe_names();
  for (const std::string& name : names) width = std::max(width, name.size());
  for (const std::string& name : names) {
    const Recipe recipe = read_recipe(name);
    std::cout << name << std::string(width + 2 - name.size(), ' ') << recipe.title
              << (recipe.tried ? "" : "  (untried)") << "\n";
  }
}

/// A member of an object; null if `object` isn't one or doesn't have it.
json member(const json& object, const std::string& name) {
  return object.is_object() ? object.value(name, json()) : json();
}

/// Prints whether a field of the report's signature is as expected. Returns whether it is.
bool print_field(const std::string& key, const std::vector<std::string>& allowed, const std::string& found) {
  const bool holds = std::ranges::any_of(allowed, [&](const std::string& value) {
    return value.ends_with('*') ? found.starts_with(value.substr(0, value.size() - 1)) : value == found;
  });
  const std::string expected = joined(allowed, " or ");
  std::cout << (holds ? "  ok     " : "  DIFFERS ") << key << ": "
            << printable_line(found.empty() ? "\"\"" : found)
            << (holds ? "" : concat(", expected ", expected.empty() ? "\"\"" : expected)) << "\n";
  return holds;
}

/// Prints a published value and the report's on the same scale. Returns whether it is within the limits, if
/// there are any.
bool print_value(const PublishedValue& published, const json& metrics) {
  const json entry = member(metrics, published.metric);
  const json value = member(entry, "value");
  std::cout << "  " << published.metric << (published.times == 1 ? "" : concat(" × ", published.times))
            << ": ";
  bool holds = true;
  if (value.is_number()) {
    const double ours = value.get<double>() * published.times;
    std::cout << ours;
    const json error = member(entry, "std_error");
    if (error.is_number()) std::cout << " ± " << error.get<double>() * published.times;
    if (published.within) holds = ours >= (*published.within)[0] && ours <= (*published.within)[1];
  } else {
    holds = !published.within;
    std::cout << "no value";
  }
  std::cout << "; published: " << published.value << ", " << published.model << " (" << published.source
            << ")";
  if (published.within) {
    std::cout << "; limits " << (*published.within)[0] << " to " << (*published.within)[1]
              << (holds ? ", within" : ", NOT within");
  }
  std::cout << "\n";
  return holds;
}

ExitCode check_report(const std::string& name, const std::string& file) {
  const Recipe recipe = read_recipe(name);
  const std::map<std::string, std::string> found = report::fields_of(report::read_signature(file));
  std::cout << recipe.name << ": " << recipe.title << "\n";
  bool holds = true;
  for (const auto& [key, allowed] : recipe.signature) {
    const std::string* value = find_in(found, key);
    holds = print_field(key, allowed, value == nullptr ? "none" : *value) && holds;
  }
  const json report = json_or_discarded<json>(read_text(file, "report"));
  for (const PublishedValue& published : recipe.published)
    holds = print_value(published, member(report, "metrics")) && holds;
  std::cout << (holds ? "the report follows the recipe" : "the report does not follow the recipe")
            << (recipe.tried ? "" : "; untried: nobody has run this recipe with the published weights yet")
            << "\n";
  return holds ? ExitCode::kOk : ExitCode::kGateCrossed;
}

ExitCode recipes(const RecipesOptions& options) {
  const auto& operands = options.operands;
  if (options.checks) {
    if (operands.size() != 2)
      throw UsageError("--check needs a recipe and a report; see tise-eval recipes --help");
    return check_report(operands[0], operands[1]);
  }
  if (operands.size() > 1)
    throw UsageError(
        concat("unexpected argument \"", operands[1], "\" for recipes; --check NAME REPORT checks a report"));
  if (operands.empty()) {
    list_recipes();
  } else {
    std::cout << read_text(read_recipe(operands[0]).file, "recipe");
  }
  return ExitCode::kOk;
}

}  // namespace

void add_recipes(CommandLine& line) {
  const auto options = std::make_shared<RecipesOptions>();
  CLI::App& command = line.add(
      "recipes", "list the published protocols for --recipe, show one, or check a report against one",
      "tise-eval recipes\ntise-eval recipes coco30k-256", [options](World) { return recipes(*options); });
  add(command, kInputs, "operands NAME", options->operands,
      "the recipe to show; with --check, the recipe and the report")
      ->expected(0, 2);
  add(command, kInputs, "--check", options->checks,
      "check a report against a recipe: exit 1 if its settings differ or a value is outside published "
      "limits");
}

}  // namespace tise::cli
