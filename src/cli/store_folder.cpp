#include "store_folder.h"

#include "tise/base/paths.h"

namespace tise::cli {

namespace fs = std::filesystem;

StoreFolder::StoreFolder(const std::optional<fs::path>& named, InterruptGuard& interrupt)
    : temporary_(!named.has_value()) {
  if (named) {
    path_ = *named;
    return;
  }
  path_ = make_temporary_folder();
  interrupt.remove_at_exit(path_);
}

StoreFolder::~StoreFolder() {
  if (!temporary_) return;
  remove_folder(path_);
}

}  // namespace tise::cli
