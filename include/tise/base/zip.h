#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tise {

/// Reads up to `size` bytes; fewer only at the end. Throws std::runtime_error where they are damaged.
using ByteSource = std::function<std::size_t(char* data, std::size_t size)>;

/// Calls `visit` with each member of a zip file: its name, the bytes that it says it has, and their source,
/// which checks their sum at the end. Throws InputError `<role> <path>: <why>` where the file isn't there or
/// can't be read, std::runtime_error where it is no zip file, is cut off or damaged.
void visit_zip(
    const std::filesystem::path& path, std::string_view role,
    const std::function<void(const std::string& name, std::int64_t size, const ByteSource& bytes)>& visit);

}  // namespace tise
