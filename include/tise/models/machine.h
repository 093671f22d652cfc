#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::models {

/// Where LibTorch's libraries were loaded from; empty where that isn't known.
std::filesystem::path libtorch_folder();

struct Gpu {
  std::string name;
  std::int64_t bytes = 0;  ///< of its memory
};

/// What the networks run with here, for people who wonder why something doesn't.
struct Machine {
  std::string libtorch;                   ///< the version that the program was built with
  std::filesystem::path libtorch_folder;  ///< where its libraries were loaded from
  std::string instructions;               ///< vector instructions that LibTorch uses: `AVX512`
  bool multiplies_bf16 = false;           ///< the CPU, rather than imitating it at a loss
  std::vector<Gpu> gpus;                  ///< that can be used
  std::string no_gpu;                     ///< why there are none
};

Machine describe_machine();

}  // namespace tise::models
