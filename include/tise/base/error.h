#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace tise {

/// The program's exit codes (docs/reference.md, "Exit codes").
enum class ExitCode {
  kOk = 0,
  kGateCrossed = 1,
  kUsage = 2,
  kBadInput = 3,
  kModel = 4,
  kInternal = 5,
  kInterrupted = 130,
};

/// An error that the user can fix. The message names the role and the path and says what to do; `main`
/// prints it on one line and exits with the code. Any other exception is a bug (code 5).
class Error : public std::runtime_error {
 public:
  /// Puts the message on one line: a line break in it, such as in a file name, is written as `\n`.
  Error(ExitCode code, const std::string& message);
  ExitCode code() const { return code_; }

 protected:
  struct AsItIs {};
  Error(ExitCode code, const std::string& message, AsItIs) : std::runtime_error(message), code_(code) {}

 private:
  ExitCode code_;
};

/// Wrong command line: an unknown option, metric or value, or a metric requested without its input.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

/// Bad input: a file that is missing, unreadable or has the wrong content.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(ExitCode::kBadInput, message) {}
  /// Several problems at once: a headline, then one line per problem (at most ten are printed).
  InputError(const std::string& headline, const std::vector<std::string>& problems);
};

/// A model archive that is missing, broken or of the wrong kind, or a device that can't be used.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message) : Error(ExitCode::kModel, message) {}
};

/// The user asked to stop (Ctrl-C, SIGTERM).
class Interrupted : public Error {
 public:
  Interrupted() : Error(ExitCode::kInterrupted, "interrupted") {}
};

}  // namespace tise
