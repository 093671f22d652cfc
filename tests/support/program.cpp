#include "support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace tise::testing {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void redirect(const std::filesystem::path& path, int descriptor) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, descriptor);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const Program::Environment& more,
                         const TempFolder& folder) {
  redirect(folder / "out", STDOUT_FILENO);
  redirect(folder / "err", STDERR_FILENO);
  ::signal(SIGINT, SIG_DFL);  // a background job of a shell ignores it
  ::unsetenv("TISE_MODELS");
  ::setenv("XDG_DATA_HOME", folder.path().c_str(), 1);
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv{const_cast<char*>(TISE_EVAL)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(TISE_EVAL, argv.data());
  ::_exit(127);
}

/// Waits for the program's end, or ends it. Its status as waitpid has it.
int wait_for(pid_t child, const std::optional<Stop>& stop, const std::filesystem::path& said) {
  int status = 0;
  bool ended = false;
  const auto rest = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ended = ended || ::waitpid(child, &status, WNOHANG) != 0;
  };
  if (stop) {
    while (!ended && content(said).find(stop->at) == std::string::npos) rest();
    const auto moment = std::chrono::steady_clock::now() + stop->after;
    while (!ended && std::chrono::steady_clock::now() < moment) rest();
    if (!ended) ::kill(child, stop->signal);
  }
  if (!ended) ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const Environment& more) : process_(::fork()) {
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (process_ == 0) become(arguments, more, folder_);
}

void Program::kill(int signal) const { ::kill(process_, signal); }

Outcome Program::wait(const std::optional<Stop>& stop) {
  const int status = wait_for(process_, stop, folder_ / "err");
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = content(folder_ / "out");
  outcome.err = content(folder_ / "err");
  if (WIFSIGNALED(status)) return outcome;
  // Unless it was killed, the program's temporary store is gone.
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename().string();
    if (name != "out" && name != "err") outcome.err += "\nLEFT BEHIND: " + name;
  }
  return outcome;
}

Outcome tise_eval(const std::vector<std::string>& arguments, const std::optional<Stop>& stop) {
  return Program(arguments).wait(stop);
}

std::string demo(const std::string& name) { return std::string(TISE_SOURCE_DIR "/examples/shapes/") + name; }

}  // namespace tise::testing
