#pragma once

#include <string>
#include <vector>

#include "tise/image/decode.h"
#include "tise/report/report.h"
#include "tise/store/reader.h"

namespace tise::run {

/// Gathers what the headers of a set's files say.
class PictureCount {
 public:
  void add(const image::PictureHeader& header);
  report::Pictures finish();

 private:
  report::Pictures pictures_;
  std::vector<report::Pictures::Size> sizes_;
};

/// Of the images of these names, in bytewise order, as a store's rows of a group have it.
report::Pictures pictures_in(const store::Reader& store, const std::string& group,
                             const std::vector<std::string>& names);

/// Sentences on what is unusual about pictures: orientations that were ignored; real images (null if there
/// are none) of other sizes.
std::vector<std::string> about_pictures(const report::Pictures& images, const report::Pictures* real,
                                        const image::Opening& opening);

}  // namespace tise::run
