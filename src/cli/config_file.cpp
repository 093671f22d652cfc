#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "apart.h"
#include "command_line.h"
#include "describe.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "toml_flags.h"

namespace tise::cli {
namespace {

constexpr const char* kRole = "config";
constexpr const char* kOwnFlags[] = {"--config", "--print-config", "--help", "--help-all", "--version"};

bool is_own(const std::string& flag) {
  return std::find(std::begin(kOwnFlags), std::end(kOwnFlags), flag) != std::end(kOwnFlags);
}

std::vector<std::string> keys_of(const CLI::App& command) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (name.starts_with("--") && !is_own(name)) keys.push_back(name.substr(2));
  }
  return keys;
}

/// Expands `~` to the home folder, as the shell does.
std::string with_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  const bool is_at_home = path == "~" || path.starts_with("~/");
  return is_at_home && home != nullptr ? home + path.substr(1) : path;
}

/// A value as it would be typed on the command line.
std::string typed(const toml::node& value, const CLI::Option& option, const std::string& where) {
  if (const auto* text = value.as_string()) return is_path(option) ? with_home(text->get()) : text->get();
  if (const auto* number = value.as_integer()) return std::to_string(number->get());
  if (const auto* number = value.as_floating_point()) return json_text(nlohmann::json(number->get()));
  throw UsageError(where + ": expected a string, a number or a list of these");
}

/// The value as results for an option. Empty if the option stays unset.
std::vector<std::string> results_of(const toml::node& value, const CLI::Option& option,
                                    const std::string& where) {
  const bool takes_value = option.get_items_expected_max() != 0;
  if (const auto* yes = value.as_boolean(); yes != nullptr && option.get_expected_min() == 0) {
    if (!yes->get()) return {};
    return {takes_value ? "" : "true"};
  }
  if (!takes_value) throw UsageError(where + ": expected true or false");
  std::vector<std::string> results;
  if (const auto* limits = value.as_table(); limits != nullptr && option.get_type_name() == kLimitType) {
    for (const auto& [metric, limit] : *limits)
      results.push_back(concat(metric.str(), "=", typed(limit, option, where)));
    return results;
  }
  const auto* list = value.as_array();
  if (list == nullptr) return {typed(value, option, where)};
  for (const toml::node& one : *list) results.push_back(typed(one, option, where));
  return results;
}

/// The values of an option, regardless of their order in a list.
std::multiset<std::string> as_set(const CLI::Option& option, const std::vector<std::string>& results) {
  std::multiset<std::string> values;
  for (const std::string& result : results) {
    if (option.get_delimiter() == '\0') {
      values.insert(result);
    } else {
      for (std::string& part : CLI::detail::split(result, option.get_delimiter()))
        values.insert(std::move(part));
    }
  }
  return values;
}

void give(CLI::Option& option, const std::vector<std::string>& results, const std::string& where) {
  if (results.empty()) return;
  try {
    for (const std::string& result : results) option.add_result(result);
    option.run_callback();
  } catch (const CLI::ParseError& error) {
    throw UsageError(concat(where, ": ", replaced(error.what(), '\n', " ")));
  } catch (const UsageError& error) {
    throw UsageError(concat(where, ": ", error.what()));
  }
}

/// The end of the string that begins at `i`.
std::size_t end_of_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  const std::string_view all = quote == '"' ? R"(""")" : "'''";
  const std::string_view mark = text.substr(i).starts_with(all) ? all : all.substr(0, 1);
  for (i += mark.size(); i < text.size() && !text.substr(i).starts_with(mark); ++i) {
    if (text[i] == '\\' && quote == '"') ++i;
  }
  return std::min(i + mark.size(), text.size());
}

/// The nesting depth of the deepest dotted key. toml++ limits the depth of nested values but not of these
/// keys, and recurses once per table.
std::size_t deepest_key(std::string_view text) {
  std::size_t deepest = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = end_of_string(text, i);
      continue;
    }
    if (c == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (c == '.') deepest = std::max(deepest, ++dots);
    if (std::string_view("\n#=,{[").find(c) != std::string_view::npos) dots = 0;
    ++i;
  }
  return deepest;
}

}  // namespace

std::string place_in(const std::filesystem::path& file, const toml::source_region& source) {
  return concat(kRole, " ", file.string(), ", line ", source.begin.line);
}

toml::table read_toml(const std::filesystem::path& file) {
  const std::string text = read_text(file, kRole);
  if (deepest_key(text) >= static_cast<std::size_t>(kDeepestJson))
    throw InputError(concat(kRole, " ", file.string(), ": ", NestedTooDeep().what()));
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    throw InputError(place_in(file, error.source()) + ": " + std::string(error.description()));
  }
}

namespace {

/// The option that a key of a command's table sets; null for a table in the main job's that is a command's.
/// Throws UsageError if there is neither.
CLI::Option* option_of(CLI::App& command, const std::string& key, const toml::node& value,
                       const std::string& where) {
  const bool is_main = command.get_parent() == nullptr;
  if (is_main && value.is_table() && find_command(command, key) != nullptr) return nullptr;
  const std::string flag = "--" + key;
  CLI::Option* option = is_own(flag) ? nullptr : command.get_option_no_throw(flag);
  if (option != nullptr) return option;
  if (is_main && value.is_table()) throw UsageError(concat(where, ": ", key, ": no such command"));
  throw UsageError(concat(where, ": ", key, ": no such flag", did_you_mean(key, keys_of(command))));
}

/// A value in TOML; strings are written as in JSON.
std::string as_toml(const FlagText& flag, const std::string& value) {
  const bool is_number = !value.empty() && value.find_first_not_of("0123456789.e+-") == std::string::npos &&
                         (flag.value == "N" || flag.value == "N|auto" || flag.value == "T" ||
                          flag.value == "SCORE" || flag.value == "P");
  return is_number ? value : json_text(nlohmann::json(value));
}

std::string line_of(const CLI::Option& option, const FlagText& flag) {
  const std::string key = flag.name.substr(2);
  if (flag.value.empty()) return concat(key, " = ", option.count() > 0 ? "true" : "false", "\n");
  std::vector<std::string> values = option.count() > 0 ? option.results() : std::vector<std::string>();
  if (values.empty() && !flag.fallback.empty()) values = {flag.fallback};
  if (values.empty()) return concat("# ", key, " =\n");
  for (std::string& value : values) {
    if (first_invalid_utf8(value)) throw UsageError(flag.name + ": not UTF-8, which a config file must be");
    value = as_toml(flag, value);
  }
  return concat(key, " = ", values.size() > 1 ? "[" + joined(values) + "]" : values.front(), "\n");
}

}  // namespace

std::vector<std::string> apply_toml(const toml::table& content, const std::filesystem::path& file,
                                    CLI::App& command) {
  std::vector<std::string> overridden;
  const bool is_main = command.get_parent() == nullptr;
  const toml::table* part = is_main ? &content : content[command.get_name()].as_table();
  if (part == nullptr) return overridden;
  for (const auto& [name, value] : *part) {
    const std::string key(name.str());
    const std::string where = place_in(file, value.source());
    CLI::Option* option = option_of(command, key, value, where);
    if (option == nullptr) continue;
    const std::vector<std::string> results = results_of(value, *option, concat(where, ": ", key));
    if (option->count() == 0) {
      give(*option, results, where);
    } else if (as_set(*option, option->results()) != as_set(*option, results)) {
      overridden.push_back(key);
    }
  }
  return overridden;
}

namespace {

/// Whether a command shows what the main job would read, and so takes the main job's inputs and models, too.
bool looks_ahead(const CLI::App& command) {
  return command.get_parent() != nullptr &&
         (command.get_name() == "inputs" || command.get_name() == "doctor");
}

/// Applies those keys of the main job whose options the command has, and that neither its own table nor the
/// command line sets, except outputs, which are the main job's. Throws UsageError for a key that the main job
/// doesn't have either.
void apply_mains(const toml::table& content, const std::filesystem::path& file, CLI::App& command) {
  const toml::table* own = content[command.get_name()].as_table();
  for (const auto& [name, value] : content) {
    const std::string key(name.str());
    const std::string where = place_in(file, value.source());
    if (option_of(*command.get_parent(), key, value, where) == nullptr) continue;
    CLI::Option* option = command.get_option_no_throw("--" + key);
    const bool is_set = option != nullptr && (option->count() > 0 || (own != nullptr && own->contains(key)));
    if (option == nullptr || is_set || option->get_group() == kReports) continue;
    give(*option, results_of(value, *option, concat(where, ": ", key)), where);
  }
}

}  // namespace

void apply_config(const std::filesystem::path& file, CLI::App& command) {
  const toml::table content = read_toml(file);
  apply_toml(content, file, command);
  if (looks_ahead(command)) apply_mains(content, file, command);
}

std::string as_config(const CLI::App& command) {
  std::string text = command.get_parent() == nullptr ? "" : concat("[", command.get_name(), "]\n");
  for (const GroupText& group : describe(command).groups) {
    std::string lines;
    for (const FlagText& flag : group.flags) {
      if (!flag.is_positional && !is_own(flag.name)) {
        lines += line_of(*command.get_option_no_throw(flag.name), flag);
      }
    }
    if (!lines.empty())
      text += concat(text.empty() || text.ends_with("]\n") ? "" : "\n", "# ", group.title, "\n", lines);
  }
  return text;
}

}  // namespace tise::cli
