// Flickr's token files: `1000092795.jpg#0<tab>Two young guys …`, with the captions of an image on
// consecutive lines. The first one is the caption, the rest are references.

#include <algorithm>
#include <string_view>

#include "../forms.h"
#include "../image_names.h"
#include "tise/base/concat.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

struct Line {
  std::string_view image;
  std::string_view caption;
};

std::optional<Line> parsed_line(std::string_view line) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, tab);
  const std::size_t hash = name.rfind('#');
  const bool has_number = hash != std::string_view::npos && hash + 1 < name.size() && hash > 0 &&
                          name.find_first_not_of(kDigits, hash + 1) == std::string_view::npos;
  if (!has_number) return std::nullopt;
  return Line{name.substr(0, hash), line.substr(tab + 1)};
}

bool is_flickr(const Content& content) {
  std::string_view text = content.source().text;
  return parsed_line(take_line(text)).has_value();
}

void read_flickr(const Content& content, const TakeRecord& take) {
  std::string image;
  std::string where;
  nlohmann::json captions = nlohmann::json::array();
  const auto hand_over = [&] {
    if (!captions.empty()) take(where, {{kImage, image}, {content.value_name(), captions}});
    captions.clear();
  };
  std::size_t number = 0;
  for (std::string_view text = content.source().text; !text.empty();) {
    const std::string_view line = take_line(text);
    ++number;
    if (line.empty()) continue;
    const auto parsed = parsed_line(line);
    if (!parsed) {
      fail(content.source(), concat("line ", number),
           "must be IMAGE#NUMBER, a tab and a caption, is " + excerpt(line, 40));
    }
    if (parsed->image != image) {
      hand_over();
      image = parsed->image;
      where = concat("line ", number);
    }
    captions.emplace_back(parsed->caption);
  }
  hand_over();
}

}  // namespace

constinit const Form kFlickr{.name = "flickr",
                             .title = "Flickr's token file",
                             .what = "1000092795.jpg#0<tab>Two young guys …",
                             .fits = &is_flickr,
                             .read = &read_flickr};

}  // namespace tise::data
