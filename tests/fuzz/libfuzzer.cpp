// Runs the target named TISE_FUZZ_TARGET under libFuzzer.

#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static void (*const run)(std::span<const std::uint8_t>) = [] {
    for (const tise::fuzz::Target& target : tise::fuzz::targets()) {
      if (target.name == TISE_FUZZ_TARGET) return target.run;
    }
    __builtin_trap();
  }();
  run({data, size});
  return 0;
}
