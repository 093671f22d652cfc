#include "support/program.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tise/cli/program.h"

namespace tise::testing {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const Program::Environment& more,
                         const TempFolder& folder, int err, const std::function<void()>& prepare,
                         Program::Start start) {
  ::dup2(::open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::signal(SIGINT, SIG_DFL);  // in a shell's background jobs it is ignored
  ::unsetenv("TISE_MODELS");
  ::setenv("XDG_DATA_HOME", folder.path().c_str(), 1);
  ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
  if (prepare) prepare();
  std::vector<char*> argv{const_cast<char*>(TISE_EVAL)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (start == Program::Start::kFork) {
    const int code = cli::run_program(static_cast<int>(arguments.size() + 1), argv.data());
    std::fflush(nullptr);
    ::_exit(code);
  }
  ::execv(TISE_EVAL, argv.data());
  ::_exit(127);
}

/// Appends what can be read next. Returns false at the end, or if nothing came until `deadline`.
bool read_more(int file, std::string& text, const std::optional<Clock::time_point>& deadline = std::nullopt) {
  pollfd wanted{file, POLLIN, 0};
  const auto left = deadline ? std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()) : -1ms;
  if (deadline && left <= 0ms) return false;
  if (::poll(&wanted, 1, static_cast<int>(left.count())) == 0) return false;
  std::array<char, 4096> piece{};
  const ssize_t got = ::read(file, piece.data(), piece.size());
  if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const Environment& more,
                 const std::function<void()>& prepare, Start start) {
  ::chmod(folder_.path().c_str(), 0777);  // the program may not run as root
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  err_ = ends[0];
  std::fflush(nullptr);  // otherwise the fork would print it too
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (process_ == 0) become(arguments, more, folder_, ends[1], prepare, start);
  ::close(ends[1]);
}

Program::~Program() { ::close(err_); }

void Program::kill(int signal) const { ::kill(process_, signal); }

void Program::wait_until_it_says(const std::string& text) {
  while (said_.find(text) == std::string::npos && read_more(err_, said_)) {
  }
}

Outcome Program::wait(const std::optional<Stop>& stop) {
  if (stop) {
    wait_until_it_says(stop->at);
    const auto moment = Clock::now() + stop->after;
    while (read_more(err_, said_, moment)) {
    }
    kill(stop->signal);  // harmless if it has ended: nobody has waited for it yet
  }
  while (read_more(err_, said_)) {
  }
  Outcome outcome;
  outcome.err = said_;
  int status = 0;
  rusage usage{};
  ::wait4(process_, &status, 0, &usage);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = content(folder_ / "out");
  outcome.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  if (WIFSIGNALED(status)) return outcome;
  // Unless it was killed, the program's temporary store is gone.
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename().string();
    if (name != "out") outcome.err += "\nLEFT BEHIND: " + name;
  }
  return outcome;
}

Outcome tise_eval(const std::vector<std::string>& arguments, const std::optional<Stop>& stop) {
  return Program(arguments).wait(stop);
}

void give_up_root() {
  constexpr ::uid_t kNobody = 65534;
  if (::geteuid() != 0) return;
  const bool is_nobody = ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
  if (!is_nobody) ::_exit(126);
}

bool runs_without_root() { return Program({"--version"}, {}, give_up_root).wait().code == 0; }

std::string demo(const std::string& name) { return std::string(TISE_SOURCE_DIR "/examples/shapes/") + name; }

}  // namespace tise::testing
