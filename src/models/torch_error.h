#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include "tise/base/error.h"

namespace tise::models {

/// What an exception from LibTorch says, without backtrace, in one line. TorchScript's interpreter wraps the
/// message in a listing of the script: only the message is kept.
std::string one_line(const std::exception& error);

/// Whether that is what an exception from LibTorch is about; the allocators' types get lost on the way
/// through TorchScript's interpreter.
bool is_out_of_memory(const std::exception& error);

/// `model archive <path>: <why>` as a ModelError.
[[noreturn]] void fail(const std::filesystem::path& archive, const std::string& why);

/// What `work` returns; where that throws InputError, the same as a ModelError.
template <class Work>
auto as_model_error(const Work& work) {
  try {
    return work();
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
}

/// What LibTorch threw while `doing`, as a ModelError about the archive; OutOfMemory where it was that.
[[noreturn]] void fail_with(const std::filesystem::path& archive, const std::string& doing,
                            const std::exception& error);

}  // namespace tise::models
