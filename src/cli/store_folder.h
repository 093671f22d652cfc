#pragma once

#include <filesystem>
#include <optional>

#include "tise/cli/interrupt.h"

namespace tise::cli {

/// In a run's store, the store of its real images.
inline constexpr const char* kRealStore = "real";

/// The store of a run: in the folder that was named, or in a temporary one that goes with this object.
class StoreFolder {
 public:
  StoreFolder(const std::optional<std::filesystem::path>& named, InterruptGuard& interrupt);
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool temporary_;
};

}  // namespace tise::cli
