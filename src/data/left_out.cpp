#include "tise/data/left_out.h"

#include <algorithm>
#include <cstddef>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

constexpr std::size_t kNamesInJson = 10;
constexpr std::size_t kNameInSentence = 80;

/// ` are not read (such as "a.tar")`.
std::string not_read(const std::vector<std::string>& names) {
  const std::string first = excerpt(names.front(), kNameInSentence);
  return names.size() == 1 ? " is not read (" + first + ")" : " are not read (such as " + first + ")";
}

const char* them(const std::vector<std::string>& names) { return names.size() == 1 ? "it" : "them"; }

std::string about_archives(const std::vector<std::string>& archives, const std::filesystem::path& place,
                           std::string_view flag) {
  std::vector<std::string> paths;
  paths.reserve(archives.size());
  for (const std::string& archive : archives) paths.push_back((place / archive).string());
  std::error_code ignored;
  const std::string pattern = tise::kind_of(place, ignored) == PathKind::kFolder ? as_braces(paths) : "";
  const bool shows = !pattern.empty() && pattern.find('\'') == std::string::npos;
  return concat(counted(archives.size(), "archive"), not_read(archives),
                " because the folder also has image files; to read ", them(archives), ", ",
                shows ? concat("pass ", flag, " '", pattern, "', or ") : "", "move ", them(archives),
                " to a folder without image files");
}

}  // namespace

void LeftOut::sort() {
  for (std::vector<std::string>* names : {&archives, &nested, &other_names, &hidden}) {
    std::sort(names->begin(), names->end());
  }
}

std::vector<std::string> sentences(const LeftOut& left_out, const std::filesystem::path& place,
                                   std::string_view flag) {
  std::vector<std::string> all;
  if (const auto& names = left_out.archives; !names.empty()) {
    all.push_back(about_archives(names, place, flag));
  }
  if (const auto& names = left_out.nested; !names.empty()) {
    all.push_back(concat(counted(names.size(), "archive"), " inside other archives", not_read(names),
                         "; unpack the outer archive"));
  }
  if (const auto& names = left_out.other_names; !names.empty()) {
    all.push_back(concat(counted(names.size(), "file"),
                         names.size() == 1 ? " looks like an image but has no image extension, and"
                                           : " look like images but have no image extension, and",
                         not_read(names), "; rename ", them(names), " (.png, .jpg, …)"));
  }
  if (const auto& names = left_out.hidden; !names.empty()) {
    all.push_back(concat(counted(names.size(), "hidden image"), not_read(names),
                         "; names that start with a dot, thumbnails of network drives (@eaDir) and recycle "
                         "bins are skipped"));
  }
  return all;
}

nlohmann::ordered_json to_json(const LeftOut& left_out) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto add = [&](const char* kind, const std::vector<std::string>& names) {
    if (names.empty()) return;
    const auto last = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesInJson));
    json[kind] = {{"count", names.size()}, {"first", std::vector<std::string>(names.begin(), last)}};
  };
  add("archives", left_out.archives);
  add("nested_archives", left_out.nested);
  add("other_names", left_out.other_names);
  add("hidden", left_out.hidden);
  return json;
}

}  // namespace tise::data
