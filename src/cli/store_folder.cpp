#include "store_folder.h"

#include <cstdlib>

#include "tise/base/error.h"

namespace tise::cli {

namespace fs = std::filesystem;

StoreFolder::StoreFolder(const std::optional<fs::path>& named, InterruptGuard& interrupt)
    : temporary_(!named.has_value()) {
  if (named) {
    path_ = *named;
    return;
  }
  std::string pattern = (fs::temp_directory_path() / "tise-eval-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw InputError("temporary folder " + pattern + ": can't be made; set TMPDIR, or give --store");
  }
  path_ = pattern;
  interrupt.remove_at_exit(path_);
}

StoreFolder::~StoreFolder() {
  if (!temporary_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tise::cli
