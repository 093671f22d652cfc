#pragma once

#include <filesystem>
#include <string>

namespace tise::store {

/// Throws InputError `store chunk <path>: <why>; delete it and run again`.
[[noreturn]] void refuse_chunk(const std::filesystem::path& path, const std::string& why = "damaged");

}  // namespace tise::store
