#include "tise/data/json_document.h"

#include <algorithm>
#include <unordered_set>

#include "tise/base/json.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

using Event = nlohmann::json::parse_event_t;

constexpr std::size_t kReasonShown = 160;

/// Sees every key while the parser runs: refuses duplicate keys and keeps the root's keys in order.
class KeyWatch {
 public:
  KeyWatch(const Source& source, std::size_t line) : source_(source), line_(line) {}

  void see(Event event, const nlohmann::json& parsed) {
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event != Event::key) return;
    const auto& key = parsed.get_ref<const std::string&>();
    if (!open_.back().insert(key).second) twice(key);
    if (open_.size() == 1) keys_.push_back(key);
  }
  std::vector<std::string> take_keys() { return std::move(keys_); }

 private:
  [[noreturn]] void twice(const std::string& key) const {
    fail(source_, line_ > 1 ? "line " + std::to_string(line_) : "", "duplicate key " + excerpt(key, 80));
  }

  const Source& source_;
  std::size_t line_;
  std::vector<std::unordered_set<std::string>> open_;  // one set per open object
  std::vector<std::string> keys_;
};

/// The library's message without its prefixes.
std::string reason(std::string_view what) {
  for (const std::string_view mark : {"] ", "column ", ": ", " - "}) {
    if (const auto at = what.find(mark); at != std::string_view::npos) what.remove_prefix(at + mark.size());
  }
  return shortened(what, kReasonShown);
}

std::string place_of(std::string_view text, std::size_t byte, std::size_t first_line) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : std::min(byte - 1, text.size()));
  const auto line = first_line + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// A hint for NaN and Infinity, which Python writes but JSON does not have.
std::string hint(std::string_view text, std::size_t byte) {
  const std::string_view at = text.substr(std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const bool is_python = at.starts_with("NaN") || at.starts_with("Infinity");
  return is_python ? " (JSON has no NaN and no Infinity; write null for a value that is missing)" : "";
}

/// Whether the part just read is a whole element of the root.
bool is_element(int depth, Event event) {
  return depth == 1 && (event == Event::object_end || event == Event::array_end || event == Event::value);
}

}  // namespace

Parsed try_parse_json(const Source& source, std::string_view text, std::size_t line,
                      const TakeElement& take) {
  KeyWatch watch(source, line);
  const auto callback = [&](int depth, Event event, nlohmann::json& parsed) {
    check_depth(depth, event);
    watch.see(event, parsed);
    if (!take || !is_element(depth, event)) return true;
    take(parsed);
    return false;  // not kept
  };
  try {
    nlohmann::json root = nlohmann::json::parse(text.begin(), text.end(), callback);
    return {Document{std::move(root), watch.take_keys()}, {}};
  } catch (const nlohmann::json::parse_error& error) {
    return {std::nullopt, place_of(text, error.byte, line) + ": not JSON: " + reason(error.what()) +
                              hint(text, error.byte)};
  } catch (const NestedTooDeep& error) {
    return {std::nullopt, (line > 1 ? "line " + std::to_string(line) + ": " : "") + error.what()};
  } catch (const nlohmann::json::exception& error) {  // a number beyond a double's range
    return {std::nullopt, std::string("not JSON: ") + error.what()};
  }
}

Document parse_json(const Source& source, std::string_view text, std::size_t line) {
  Parsed parsed = try_parse_json(source, text, line);
  if (!parsed.document) fail(source, parsed.error);
  return std::move(*parsed.document);
}

void for_each_element(const Source& source, std::string_view list, const TakeElement& take) {
  const Parsed parsed = try_parse_json(source, list, 1, take);
  if (!parsed.document) fail(source, parsed.error);
}

Fields fields_of(const Source& source, const std::string& where, const nlohmann::json& object) {
  return {object, [&source, where](const std::string& why) { fail(source, where, why); }};
}

}  // namespace tise::data
