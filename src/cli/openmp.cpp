// OpenMP's threads spin for a fifth of a millisecond while they wait, and then sleep, unless the user's
// environment says otherwise. By default they spin for many milliseconds: where the cores have other work too
// (a compiler, a second run), all wait for one that has spun its turn away, five to forty times as long as
// alone. Threads that sleep at once make a run of small networks a quarter slower on quiet cores
// (docs/performance.md).
//
// LibTorch's OpenMP reads its variables before main, and a program can't set one for itself so early; but
// what it calls is the program's own getenv, if there is one.

#include <cstdlib>
#include <string_view>

extern "C" char* getenv(const char* name) noexcept {
  static char spins[] = "5000";
  char* value = secure_getenv(name);  // glibc's own; it differs for programs with another user's rights alone
  if (value != nullptr || std::string_view(name) != "GOMP_SPINCOUNT") return value;
  return secure_getenv("OMP_WAIT_POLICY") == nullptr ? spins : nullptr;
}
