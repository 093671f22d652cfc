#pragma once

#include <filesystem>

namespace tise::models {

/// Where LibTorch's libraries were loaded from; empty where that isn't known.
std::filesystem::path libtorch_folder();

}  // namespace tise::models
