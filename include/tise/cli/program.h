#pragma once

namespace tise::cli {

/// The whole program: `main` in a form that tests can call. Returns the exit code.
int run_program(int argc, const char* const* argv);

}  // namespace tise::cli
