#include "torch_error.h"

#include <c10/util/Exception.h>

#include <string_view>

#include "tise/base/error.h"
#include "tise/base/utf8.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

constexpr std::size_t kLongestLine = 300;
constexpr std::string_view kInterpreterFailed =
    "The following operation failed in the TorchScript interpreter";
constexpr std::string_view kBlank = " \t\r\n";

/// The line that begins at `start`, trimmed.
std::string line_at(std::string_view text, std::size_t start) {
  start = text.find_first_not_of(kBlank, start);
  if (start == std::string_view::npos) return "";
  std::string_view line = text.substr(start, text.find('\n', start) - start);
  return shortened(line.substr(0, line.find_last_not_of(kBlank) + 1), kLongestLine);
}

}  // namespace

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const std::string_view text = error.what();
  for (const std::string_view sign :
       {"out of memory", "can't allocate memory", "not enough memory", "STATUS_ALLOC_FAILED"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

std::string one_line(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string_view text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  if (text.starts_with(kInterpreterFailed)) {
    for (const std::string_view name : {"\nRuntimeError: ", "\ntorch.jit.Error: "}) {
      if (const std::size_t found = text.find(name); found != std::string_view::npos) {
        return line_at(text, found + name.size());
      }
    }
  }
  const std::string line = line_at(text, 0);
  return line.empty() ? "unknown error" : line;
}

void fail(const std::filesystem::path& archive, const std::string& why) {
  throw ModelError("model archive " + archive.string() + ": " + why);
}

void fail_with(const std::filesystem::path& archive, const std::string& doing, const std::exception& error) {
  if (is_out_of_memory(error)) {
    throw OutOfMemory("model archive " + archive.string() + ": ran out of memory trying " + doing +
                      "; use a smaller --batch-size");
  }
  fail(archive, "failed " + doing + ": " + one_line(error));
}

}  // namespace tise::models
