#include "tise/base/memory.h"

#include <malloc.h>

#include <cstddef>

/// jemalloc's function; null if the program is not linked with jemalloc.
extern "C" int mallctl(const char* name, void* old, std::size_t* old_size, void* value, std::size_t size)
    __attribute__((weak));

namespace tise {

void give_back_free_memory() {
  if (mallctl != nullptr) {
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096: all of them (MALLCTL_ARENAS_ALL)
  } else {
    malloc_trim(0);
  }
}

}  // namespace tise
