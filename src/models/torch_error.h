#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include "tise/base/error.h"

namespace tise::models {

/// The message of an exception from LibTorch in one line, without backtrace. TorchScript's interpreter wraps
/// the message in a listing of the script; only the message is kept.
std::string one_line(const std::exception& error);

/// Whether an exception from LibTorch means that memory ran out. Decides by the message, since TorchScript's
/// interpreter loses the exception's type.
bool is_out_of_memory(const std::exception& error);

/// Throws ModelError `model archive <path>: <why>`.
[[noreturn]] void fail(const std::filesystem::path& archive, const std::string& why);

/// Returns what `work` returns; rethrows its InputError as a ModelError.
template <class Work>
auto as_model_error(const Work& work) {
  try {
    return work();
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
}

/// Throws what LibTorch threw as a ModelError about the archive, or as OutOfMemory. `doing` is an infinitive,
/// such as "to load".
[[noreturn]] void fail_with(const std::filesystem::path& archive, const std::string& doing,
                            const std::exception& error);

}  // namespace tise::models
