// Evaluates a folder of images in this process and prints the report. Ctrl-C stops it at the next progress
// report; a second Ctrl-C kills it:
//
//     evaluate MODELS IMAGES CAPTIONS REAL

#include <csignal>
#include <iostream>

#include "tise/report/report.h"
#include "tise/run/run.h"

namespace {

volatile std::sig_atomic_t is_interrupted = 0;

class OnTerminal : public tise::run::Listener {
 public:
  void warn(const std::string& message) override { std::cerr << message << "\n"; }
  void progress(const std::string& stage, std::size_t done, std::size_t total) override {
    std::cerr << stage << ": " << done << " of " << total << std::endl;
    if (is_interrupted) stop_.request_stop();
  }
  std::stop_token stop() const override { return stop_.get_token(); }

 private:
  std::stop_source stop_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) throw std::invalid_argument("evaluate MODELS IMAGES CAPTIONS REAL");
  std::signal(SIGINT, [](int) {
    is_interrupted = 1;
    std::signal(SIGINT, SIG_DFL);
  });
  tise::run::Spec spec;
  spec.encoding.models = argv[1];
  spec.images = argv[2];
  spec.captions = argv[3];
  spec.real = {{argv[4]}};
  OnTerminal listener;
  const auto outcome = tise::run::evaluate(spec, listener);
  std::cout << tise::report::to_json(outcome->report);
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
