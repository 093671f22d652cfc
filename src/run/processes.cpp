#include "processes.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::run {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{100};
/// How long to wait for a process that starts late.
constexpr std::chrono::seconds kLatecomers{60};

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

std::size_t number(const char* name, std::size_t fallback) {
  const char* text = variable(name);
  if (text == nullptr) return fallback;
  std::size_t value = 0;
  const std::string_view view(text);
  const auto [stop, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  if (error == std::errc() && stop == view.data() + view.size()) return value;
  throw UsageError(concat(name, "=", text, ": not a number; the launcher (torchrun) sets it"));
}

/// Whether a launcher started several processes and told them how to find each other.
bool is_launched() {
  return variable("RANK") != nullptr && variable("MASTER_ADDR") != nullptr &&
         variable("MASTER_PORT") != nullptr && number("WORLD_SIZE", 1) > 1;
}

}  // namespace

struct Processes::Impl {
  std::string address;
  std::string round;  ///< prefix of every counter: torchrun restarts all processes when one has failed
  c10::intrusive_ptr<c10d::TCPStore> store;

  /// Uses the TCPStore. Its errors become ModelError.
  template <typename Use>
  auto use(Use function) {
    try {
      return function();
    } catch (const std::exception& error) {
      const std::string text = error.what();
      throw ModelError(concat("processes: no connection through ", address,
                              " (MASTER_ADDR, MASTER_PORT): ", text.substr(0, text.find('\n'))));
    }
  }
};

bool is_follower() { return is_launched() && number("RANK", 0) > 0; }

std::optional<Processes> Processes::from_environment() {
  if (!is_launched()) return std::nullopt;
  auto impl = std::make_shared<Impl>();
  Processes processes(impl);
  processes.index_ = number("RANK", 0);
  processes.count_ = number("WORLD_SIZE", 1);
  if (processes.index_ >= processes.count_) {
    throw UsageError(
        concat("RANK=", processes.index_, ", WORLD_SIZE=", processes.count_, ": RANK counts from 0"));
  }
  processes.local_index_ = number("LOCAL_RANK", processes.index_);
  processes.local_count_ = std::max(number("LOCAL_WORLD_SIZE", 1), std::size_t{1});
  const std::size_t port = number("MASTER_PORT", 0);
  const std::string host = variable("MASTER_ADDR");
  impl->address = concat(host, ":", port);
  impl->round = concat("tise-eval/", number("TORCHELASTIC_RESTART_COUNT", 0), "/");
  const char* agent = variable("TORCHELASTIC_USE_AGENT_STORE");
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = processes.leads() && (agent == nullptr || std::string_view(agent) != "True");
  processes.keeps_counters_ = options.isServer;
  options.numWorkers = processes.count_;
  options.waitWorkers = false;
  impl->store = impl->use([&] { return c10::make_intrusive<c10d::TCPStore>(host, options); });
  return processes;
}

Encoding Processes::share_of(Encoding encoding) const {
  if (encoding.device == "auto" || encoding.device == "cuda") {
    const std::size_t gpus = models::count_cuda_devices();
    if (gpus > 0) encoding.device = concat("cuda:", local_index_ % gpus);
  }
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  if (!encoding.threads) encoding.threads = std::max(processors / local_count_, std::size_t{1});
  return encoding;
}

std::size_t Processes::add(const std::string& counter, std::size_t number) {
  const std::string key = impl_->round + counter;
  return static_cast<std::size_t>(
      impl_->use([&] { return impl_->store->add(key, static_cast<std::int64_t>(number)); }));
}

bool Processes::wait_for(const std::string& counter, std::size_t number, const std::stop_token& stop,
                         std::chrono::steady_clock::duration most) {
  const auto start = std::chrono::steady_clock::now();
  while (add(counter, 0) < number) {
    if (stop.stop_requested()) throw Interrupted();
    if (std::chrono::steady_clock::now() - start >= most) return false;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return true;
}

void Processes::leave(const std::stop_token& stop) {
  add("left", 1);
  if (keeps_counters_) wait_for("left", count_, stop, kLatecomers);
}

}  // namespace tise::run
