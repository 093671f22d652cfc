// Evaluates a folder of images in process and prints the report:
//
//     evaluate MODELS IMAGES CAPTIONS REAL

#include <iostream>

#include "tise/report/report.h"
#include "tise/run/run.h"

namespace {

class OnTerminal : public tise::run::Listener {
 public:
  void warn(const std::string& message) override { std::cerr << message << "\n"; }
  void progress(const std::string& stage, std::size_t done, std::size_t total) override {
    std::cerr << stage << ": " << done << " of " << total << "\n";
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) throw std::invalid_argument("evaluate MODELS IMAGES CAPTIONS REAL");
  tise::run::Spec spec;
  spec.encoding.models = argv[1];
  spec.images = argv[2];
  spec.captions = argv[3];
  spec.real = argv[4];
  OnTerminal listener;
  const auto outcome = tise::run::evaluate(spec, listener);
  std::cout << tise::report::to_json(outcome->report);
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
