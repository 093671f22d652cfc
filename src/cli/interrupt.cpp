#include "tise/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tise/base/error.h"
#include "tise/base/paths.h"

namespace tise::cli {
namespace {

/// How long a batch may take to finish: less than the two seconds promised to the user.
constexpr std::chrono::milliseconds kGrace{1500};

}  // namespace

struct InterruptGuard::Impl {
  LogStyle style;
  sigset_t signals{};
  std::stop_source stop;
  std::mutex mutex;
  std::condition_variable ended_changed;
  bool ended = false;
  std::vector<std::filesystem::path> folders;
  std::thread watcher;

  void watch() {
    int signal = 0;
    sigwait(&signals, &signal);
    std::unique_lock lock(mutex);
    if (ended) return;
    stop.request_stop();
    if (ended_changed.wait_for(lock, kGrace, [this] { return ended; })) return;
    for (const auto& folder : folders) remove_folder(folder);
    Console(style).error(Interrupted().what());
    ::_exit(static_cast<int>(ExitCode::kInterrupted));
  }
};

InterruptGuard::InterruptGuard(LogStyle style) : impl_(std::make_unique<Impl>()) {
  impl_->style = style;
  sigemptyset(&impl_->signals);
  sigaddset(&impl_->signals, SIGINT);
  sigaddset(&impl_->signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &impl_->signals, nullptr);
  impl_->watcher = std::thread([impl = impl_.get()] { impl->watch(); });
}

InterruptGuard::~InterruptGuard() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
  }
  impl_->ended_changed.notify_all();
  // The watcher may still be waiting for a signal; send it one.
  pthread_kill(impl_->watcher.native_handle(), SIGINT);
  impl_->watcher.join();
}

std::stop_token InterruptGuard::token() const { return impl_->stop.get_token(); }

void InterruptGuard::remove_at_exit(const std::filesystem::path& folder) {
  const std::lock_guard lock(impl_->mutex);
  impl_->folders.push_back(folder);
}

}  // namespace tise::cli
