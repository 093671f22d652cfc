// OpenMP's threads sleep while they wait, unless OMP_WAIT_POLICY says otherwise: by default they spin, and
// where the cores have other work too (a compiler, a second run), all wait for one that has spun its turn
// away.
//
// LibTorch's OpenMP reads the variable before main, and a program can't set one for itself so early; but what
// it calls is the program's own getenv, if there is one.

#include <cstdlib>
#include <string_view>

extern "C" char* getenv(const char* name) noexcept {
  static char passive[] = "PASSIVE";
  char* value = secure_getenv(name);  // glibc's own; it differs for programs with another user's rights alone
  return value == nullptr && std::string_view(name) == "OMP_WAIT_POLICY" ? passive : value;
}
