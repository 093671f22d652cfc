#pragma once

#include <string>
#include <vector>

#include "tise/image/decode.h"
#include "tise/report/report.h"
#include "tise/store/reader.h"

namespace tise::run {

/// Collects statistics on the file headers of a set of images.
class PictureCount {
 public:
  void add(const image::PictureHeader& header);
  report::Pictures finish();

 private:
  report::Pictures pictures_;
  std::vector<report::Pictures::Size> sizes_;
};

/// The same from a store's rows of a group. `names` must be in bytewise order.
report::Pictures pictures_in(const store::Reader& store, const std::string& group,
                             const std::vector<std::string>& names);

/// Sentences on unusual files: ignored EXIF orientations, and real images (`real`; null if there are none) of
/// other sizes than the generated ones.
std::vector<std::string> about_pictures(const report::Pictures& images, const report::Pictures* real,
                                        const image::Opening& opening);

}  // namespace tise::run
