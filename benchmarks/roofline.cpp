// What each stage of a run can do alone: every network on tensors that are ready, and decoding without
// further stages. On one device a run can't be faster than its networks one after another; benchmarks/run.py
// reports how close it comes. Prints JSON: images (or texts) per second for each stage, the median over
// rounds.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/data/images.h"
#include "tise/image/decode.h"
#include "tise/image/prepare.h"
#include "tise/models/models.h"
#include "tise/text/tokenizer.h"

namespace {

using namespace tise;
using Json = nlohmann::ordered_json;

struct Options {
  std::string models, images, device = "auto", precision = "fp32", trace;
  std::size_t batch_size = 16, detector_batch = 2, most = 64, threads = std::thread::hardware_concurrency();
  int rounds = 3;
  std::vector<std::string> networks{"clip", "inception", "maskrcnn"};
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app("Prints the speed of each stage of tise-eval alone, as JSON");
  app.add_option("--models", options.models, "folder of archives")->required();
  app.add_option("--images", options.images, "folder of images")->required();
  app.add_option("--device", options.device);
  app.add_option("--precision", options.precision);
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_option("--batch-size", options.batch_size)->check(CLI::PositiveNumber);
  app.add_option("--detector-batch", options.detector_batch)->check(CLI::PositiveNumber);
  app.add_option("--most", options.most, "number of images to use, the first in the folder")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds)->check(CLI::PositiveNumber);
  app.add_option("--networks", options.networks, "archives to measure, if they exist");
  app.add_option("--trace", options.trace, "write the times of a detector's operators, for a trace viewer");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return options;
}

/// Items per second: the median over the rounds, after a warm-up round.
double rate(std::size_t items, int rounds, const std::function<void()>& run) {
  run();
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    rates.push_back(static_cast<double>(items) / taken.count());
  }
  std::ranges::nth_element(rates, rates.begin() + rounds / 2);
  return rates[static_cast<std::size_t>(rounds / 2)];
}

using Files = std::vector<data::ImageFile>;
using Pictures = std::vector<image::Pixels>;

Pictures decoded(const Files& files) {
  Pictures pictures;
  for (const data::ImageFile& file : files) pictures.push_back(image::decode(read_bytes(file.path, "image")));
  return pictures;
}

void in_threads(std::size_t threads, std::size_t items, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> all;
  for (std::size_t t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (std::size_t i = next++; i < items; i = next++) work(i);
    });
  }
}

/// The pictures, prepared for the archive, in batches.
std::vector<std::vector<at::Tensor>> batches(const Pictures& pictures, const models::Archive& archive,
                                             std::size_t size) {
  std::vector<std::vector<at::Tensor>> all;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (i % size == 0) all.emplace_back();
    all.back().push_back(image::prepare(pictures[i], archive.card.input));
  }
  return all;
}

class Roofline {
 public:
  explicit Roofline(const Options& options)
      : options_(options), device_(models::parse_device(options.device)) {
    at::set_num_threads(static_cast<int>(options.threads));
    compute_ = {device_, models::parse_precision(options.precision, device_)};
    files_ = data::list_images(options.images, "image").images;
    files_.resize(std::min(files_.size(), options.most));
    pictures_ = decoded(files_);
  }

  Json run() {
    Json result{{"device", device_.str()},
                {"precision", models::name_of(compute_.precision)},
                {"threads", options_.threads},
                {"images", files_.size()}};
    Json& rates = result["per_second"];
    rates["decode"] = measured(files_.size(), [&] {
      in_threads(options_.threads, files_.size(),
                 [&](std::size_t i) { image::decode(read_bytes(files_[i].path, "image")); });
    });
    for (const std::string& stem : options_.networks) {
      const auto path = models::find_models_folder(options_.models) / (stem + ".pt");
      if (!std::filesystem::exists(path)) continue;
      const models::Archive archive = models::open_archive(path, nullptr);
      const auto network = models::load_network(archive, compute_);
      if (archive.card.kind->takes == models::Takes::kPictures) {
        rates[stem] = encode_pictures(archive, *network);
      } else {
        rates[stem + "_prepare"] = prepare(archive);
        rates[stem] = encode_batches(archive, *network);
      }
      if (archive.card.kind->encodes_texts) rates[stem + "_texts"] = encode_texts(archive, *network);
    }
    return result;
  }

 private:
  double measured(std::size_t items, const std::function<void()>& run) {
    return rate(items, options_.rounds, run);
  }

  /// Writes the times of operators and of the device's kernels.
  void trace(const std::function<void()>& run, const std::string& path) const {
    using torch::profiler::impl::ActivityType;
    std::set<ActivityType> activities{ActivityType::CPU};
    if (device_.is_cuda()) activities.insert(ActivityType::CUDA);
    const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO);
    torch::autograd::profiler::prepareProfiler(config, activities);
    torch::autograd::profiler::enableProfiler(config, activities, {at::RecordScope::FUNCTION});
    run();
    torch::autograd::profiler::disableProfiler()->save(path);
  }

  double prepare(const models::Archive& archive) {
    return measured(files_.size(), [&] {
      in_threads(options_.threads, pictures_.size(),
                 [&](std::size_t i) { image::prepare(pictures_[i], archive.card.input); });
    });
  }

  /// For networks that take one tensor per batch. The batches are on the device before the clock starts.
  double encode_batches(const models::Archive& archive, models::Network& network) {
    std::vector<at::Tensor> ready;
    for (const auto& batch : batches(pictures_, archive, options_.batch_size))
      ready.push_back(at::stack(batch).to(device_));
    return measured(files_.size(), [&] {
      for (const at::Tensor& batch : ready) network.encode_batch(batch);
    });
  }

  double encode_texts(const models::Archive& archive, models::Network& network) {
    const text::Tokenizer tokenizer(archive.extra.at("merges.txt"));
    const auto context = static_cast<std::size_t>(archive.card.context_length);
    const auto tokens =
        tokenizer.encode("A photo depicts two dogs on a wooden bench in front of a red bus", context).ids;
    const auto rows = static_cast<std::int64_t>(options_.batch_size);
    const at::Tensor texts = at::tensor(tokens, at::kLong).expand({rows, -1}).contiguous();
    return measured(options_.batch_size, [&] { network.encode_texts(texts); });
  }

  double encode_pictures(const models::Archive& archive, models::Network& network) {
    const auto ready = batches(pictures_, archive, options_.detector_batch);
    const double rate = measured(files_.size(), [&] {
      for (const auto& batch : ready) network.encode_pictures(batch);
    });
    if (!options_.trace.empty()) trace([&] { network.encode_pictures(ready.front()); }, options_.trace);
    return rate;
  }

  Options options_;
  c10::Device device_;
  models::Compute compute_;
  Files files_;
  Pictures pictures_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    std::cout << Roofline(parse(argc, argv)).run().dump(1) << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "tise-roofline: " << error.what() << std::endl;
    return 1;
  }
}
