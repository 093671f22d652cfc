// Makes waiting OpenMP threads spin for a fifth of a millisecond and then sleep, unless the user's
// environment sets something else. By default they spin for many milliseconds. If the cores have other work
// too (a compiler, a second run), every thread then waits for one that has spent its time slice spinning, and
// a run takes five to forty times as long as alone. Threads that sleep at once make a run of small networks a
// quarter slower on quiet cores (docs/performance.md).
//
// LibTorch's OpenMP reads its variables before main, too early for the program to set one. But it calls the
// program's own getenv if there is one.

#include <cstdlib>
#include <string_view>

extern "C" char* getenv(const char* name) noexcept {
  static char spins[] = "5000";
  char* value = secure_getenv(name);  // glibc's own; like getenv except in set-user-ID programs
  if (value != nullptr || std::string_view(name) != "GOMP_SPINCOUNT") return value;
  return secure_getenv("OMP_WAIT_POLICY") == nullptr ? spins : nullptr;
}
