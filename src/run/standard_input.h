#pragma once

#include <filesystem>
#include <memory>

#include "run_store.h"
#include "tise/run/run.h"

namespace tise::run {

/// Where the images of a run are read: the given path, or for `-` a temporary copy of standard input (images
/// are read more than once) that is removed with this object.
class ImagesPlace {
 public:
  /// For `-`, reads standard input to its end. Throws UsageError if it is a terminal, InputError if it is
  /// empty or can't be copied, Interrupted.
  ImagesPlace(const std::filesystem::path& given, Listener& listener);

  const std::filesystem::path& path() const { return path_; }
  /// Its name in messages: the given path, or `(standard input)`.
  std::string shown() const;
  /// The path of another input (captions): `given`, or if that is `-` too, the same temporary copy.
  std::filesystem::path path_of(const std::filesystem::path& given) const;

 private:
  std::unique_ptr<const StoreFolder> folder_;
  std::filesystem::path path_;
};

}  // namespace tise::run
