#include "tise/data/source.h"

#include <algorithm>
#include <utility>

#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

std::string why_not_utf8(std::string_view text, std::size_t bad) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return "starts like UTF-16 but is not valid UTF-16; save it as UTF-8";
  }
  if (text.starts_with('\x80')) {
    return "is a Python pickle; convert the TISE toolbox's pickles to JSON with tise-import (from source: "
           "scripts/import_tise.py)";
  }
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
  return "line " + std::to_string(line) + ": not valid UTF-8";
}

}  // namespace

Source source_of(const std::filesystem::path& path, std::string_view role, std::string bytes) {
  Source source{.role = std::string(role), .path = path, .text = std::move(bytes), .sha256 = {}};
  source.sha256 = sha256_hex(source.text);
  if (auto text = from_utf16(source.text)) source.text = std::move(*text);
  if (const auto bad = first_invalid_utf8(source.text)) fail(source, why_not_utf8(source.text, *bad));
  if (source.text.starts_with("\xEF\xBB\xBF")) source.text.erase(0, 3);
  if (source.text.substr(0, 2).find('\0') != std::string::npos) {
    fail(source, "starts with a zero byte; UTF-16 needs a byte order mark");
  }
  return source;
}

Source read_source(const std::filesystem::path& path, std::string_view role) {
  Source source = source_of(path, role, read_text(path, role));
  if (trimmed(source.text).empty()) fail(source, "empty file");
  return source;
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void fail(const Source& source, const std::string& why) {
  throw InputError(source.role + " " + source.path.string() + ": " + why);
}

void fail(const Source& source, const std::string& where, const std::string& why) {
  fail(source, where.empty() ? why : where + ": " + why);
}

}  // namespace tise::data
