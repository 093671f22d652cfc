#include "outputs.h"

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"

namespace tise::cli {

void check_writable(const std::optional<std::filesystem::path>& path, const char* role) {
  if (!path) return;
  if (*path == kStandardStream) return check_standard_output(role);
  const auto refuse = [&](const char* why) {
    throw InputError(concat(role, " ", path->string(), ": ", why));
  };
  if (is_folder(*path, role)) refuse("is a folder");
  if (is_pipe_or_device(*path)) return;
  const std::filesystem::path target = link_target(*path, role);
  const auto folder = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  if (!is_folder(folder, role)) refuse("its folder does not exist");
  if (!can_write_into(folder)) refuse("its folder can't be written to");
}

void check_deliverable(const std::optional<std::filesystem::path>& path, const char* role) {
  check_writable(path.value_or(kStandardStream), role);
}

void deliver(const std::optional<std::filesystem::path>& path, const std::string& role,
             const std::string& text) {
  write_atomically(path.value_or(kStandardStream), role, text);
}

}  // namespace tise::cli
