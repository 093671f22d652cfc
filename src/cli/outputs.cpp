#include "outputs.h"

#include <iostream>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::cli {

void check_writable(const std::optional<std::filesystem::path>& path, const char* role) {
  if (!path) return;
  if (std::filesystem::is_directory(*path))
    throw InputError(concat(role, " ", path->string(), ": is a folder"));
  if (is_pipe_or_device(*path)) return;
  const auto folder = path->has_parent_path() ? path->parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder)) {
    throw InputError(concat(role, " ", path->string(), ": its folder does not exist"));
  }
  if (!can_write_into(folder)) {
    throw InputError(concat(role, " ", path->string(), ": its folder can't be written to"));
  }
}

void deliver(const std::optional<std::filesystem::path>& path, const std::string& role,
             const std::string& text) {
  if (path) return write_atomically(*path, role, text);
  if (!(std::cout << text << std::flush)) throw InputError(role + " (standard output): can't be written");
}

}  // namespace tise::cli
