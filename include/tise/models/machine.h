#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::models {

/// The folder that LibTorch's libraries were loaded from; empty if unknown.
std::filesystem::path libtorch_folder();

struct Gpu {
  std::string name;
  std::int64_t bytes = 0;  ///< size of its memory; 0 if unknown
};

/// What networks run on here; `doctor` prints it.
struct Machine {
  std::string libtorch;                   ///< the LibTorch version that the program was built with
  std::filesystem::path libtorch_folder;  ///< the folder that its libraries were loaded from
  std::string instructions;               ///< vector instructions that LibTorch uses: `AVX512`
  bool multiplies_bf16 = false;           ///< whether the CPU has bfloat16 instructions (emulation is slower)
  std::vector<Gpu> gpus;                  ///< the usable ones
  std::string no_gpu;                     ///< the reason if there are none
};

Machine describe_machine();

}  // namespace tise::models
