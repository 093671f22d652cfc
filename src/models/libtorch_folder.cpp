#include "libtorch_folder.h"

#include <dlfcn.h>
#include <link.h>

namespace tise::models {

std::filesystem::path libtorch_folder() {
  void* handle = ::dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return {};
  link_map* map = nullptr;
  const bool known = ::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr;
  std::filesystem::path folder =
      known ? std::filesystem::path(map->l_name).parent_path() : std::filesystem::path();
  ::dlclose(handle);
  return folder;
}

}  // namespace tise::models
