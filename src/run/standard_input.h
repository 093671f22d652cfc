#pragma once

#include <filesystem>
#include <memory>

#include "run_store.h"
#include "tise/run/run.h"

namespace tise::run {

/// Where the images of a run are read: the place that was given, or, of `-`, a temporary file with what came
/// on standard input, which goes with this object. Images are read more than once.
class ImagesPlace {
 public:
  /// Reads standard input to its end. Throws UsageError if that is a terminal, InputError if nothing comes
  /// or it can't be kept, Interrupted.
  ImagesPlace(const std::filesystem::path& given, Listener& listener);

  const std::filesystem::path& path() const { return path_; }
  /// What messages call it: the place that was given, or `(standard input)`.
  std::string shown() const;
  /// A place among the images' own (captions next to them), of which `-` is this one too.
  std::filesystem::path path_of(const std::filesystem::path& given) const;

 private:
  std::unique_ptr<const StoreFolder> folder_;
  std::filesystem::path path_;
};

}  // namespace tise::run
