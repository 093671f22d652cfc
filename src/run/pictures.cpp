#include "pictures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"

namespace tise::run {
namespace {

/// A larger ratio between the median sides of two sets of images causes a warning.
constexpr double kAlike = 1.5;

std::string in_words(const report::Pictures::Size& size) { return concat(size[0], " x ", size[1]); }

double side_of(const report::Pictures::Size& size) {
  return std::sqrt(static_cast<double>(size[0]) * static_cast<double>(size[1]));
}

void add_oriented(std::vector<std::string>& all, const report::Pictures& pictures, std::string_view role) {
  if (pictures.oriented == 0) return;
  all.push_back(concat(
      counted(pictures.oriented, role), pictures.oriented == 1 ? " has" : " have",
      " an EXIF orientation, which is ignored, as in other evaluators; pass --exif apply to apply it"));
}

}  // namespace

void PictureCount::add(const image::PictureHeader& header) {
  if (header.width == 0) return;
  ++pictures_.formats[header.format];
  pictures_.oriented += header.orientation != 1 ? 1 : 0;
  pictures_.animated += header.frames > 1 ? 1 : 0;
  sizes_.push_back({header.width, header.height});
}

report::Pictures PictureCount::finish() {
  if (sizes_.empty()) return {};
  std::ranges::sort(sizes_, [](const auto& a, const auto& b) {
    return std::pair(a[0] * a[1], a[0]) < std::pair(b[0] * b[1], b[0]);
  });
  pictures_.smallest = sizes_.front();
  pictures_.median = sizes_[sizes_.size() / 2];
  pictures_.largest = sizes_.back();
  return std::exchange(pictures_, {});
}

report::Pictures pictures_in(const store::Reader& store, const std::string& group,
                             const std::vector<std::string>& names) {
  std::vector<image::PictureHeader> headers(names.size());
  store.for_each_picture(group, [&](const std::string& name, const image::PictureHeader& header) {
    const auto place = std::ranges::lower_bound(names, name);
    if (place != names.end() && *place == name)
      headers[static_cast<std::size_t>(place - names.begin())] = header;
  });
  PictureCount count;
  for (const image::PictureHeader& header : headers) count.add(header);
  return count.finish();
}

std::vector<std::string> about_pictures(const report::Pictures& images, const report::Pictures* real,
                                        const image::Opening& opening) {
  std::vector<std::string> all;
  if (!opening.turns) {
    add_oriented(all, images, "image");
    if (real != nullptr) add_oriented(all, *real, "real image");
  }
  if (real == nullptr || images.formats.empty() || real->formats.empty() || !opening.transform.empty())
    return all;
  const double ratio = side_of(real->median) / side_of(images.median);
  if (ratio <= kAlike && ratio >= 1 / kAlike) return all;
  all.push_back(concat("the real images are ", ratio > 1 ? "larger" : "smaller",
                       " than the generated ones (medians ", in_words(real->median), " and ",
                       in_words(images.median),
                       "), which affects distances; --transform resizes both to one size"));
  return all;
}

}  // namespace tise::run
