#pragma once

#include <filesystem>

namespace tise::store {

/// The file that says which process uses a store.
inline constexpr const char* kLockFile = "lock";

/// Holds a folder for one process. The system gives it up when the process ends, however it ends.
class Lock {
 public:
  /// Throws InputError that names the process which holds it.
  explicit Lock(const std::filesystem::path& folder);
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  int file_;
};

}  // namespace tise::store
