// Fills a store with synthetic rows for the images that captions name, and writes statistics of real images,
// so that scoring can be timed at any size. Embeddings of texts are random; an image's is its caption's plus
// noise. Features, logits and objects are random, with two objects per image.

#include <ATen/ATen.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tise/base/files.h"
#include "tise/data/images.h"
#include "tise/metrics/statistics_file.h"
#include "tise/pipeline/encode_images.h"
#include "tise/store/texts.h"
#include "tise/store/writer.h"

namespace {

using namespace tise;
using nlohmann::json;

constexpr std::size_t kBlock = 1000;
constexpr std::int64_t kObjectsAnImage = 2;
constexpr const char* kPrompt = "A photo depicts ";

struct Widths {
  std::int64_t embedding = 512;
  std::int64_t features = 2048;
  std::int64_t logits = 1008;
  std::int64_t labels = 80;
};

struct Block {
  std::vector<store::FileIdentity> files;
  std::vector<json> items;
  std::int64_t rows() const { return static_cast<std::int64_t>(files.size()); }
};

/// Collects texts and their embeddings. The tokens of a text are a running number.
class Texts {
 public:
  void add(const std::string& text, const at::Tensor& embedding) {
    rows_.texts.push_back({text, {next_++}});
    embeddings_.push_back(embedding);
  }
  store::TextRows take() {
    rows_.embeddings = at::stack(embeddings_);
    embeddings_.clear();
    return std::exchange(rows_, {});
  }

 private:
  std::int64_t next_ = 0;
  store::TextRows rows_;
  std::vector<at::Tensor> embeddings_;
};

void add_pairs(store::Writer& store, Texts& texts, const Block& block, const Widths& widths) {
  const at::Tensor captions = at::randn({block.rows(), widths.embedding});
  const auto near = [](const at::Tensor& row) { return row + 0.1 * at::randn_like(row); };
  for (std::int64_t i = 0; i < block.rows(); ++i) {
    const json& item = block.items[static_cast<std::size_t>(i)];
    const std::string caption = item.at("caption");
    texts.add(caption, captions[i]);
    texts.add(kPrompt + caption, near(captions[i]));
    texts.add(item.at("opposite"), near(captions[i]));
    for (const json& reference : item.at("references")) {
      texts.add(kPrompt + reference.get<std::string>(), near(captions[i]));
    }
  }
  store.add(store::texts_of("clip"), texts.take());
  store.add({"clip", block.files, {{"embeddings", captions + 4.0 * at::randn_like(captions)}}, {}});
}

at::Tensor features_of(std::int64_t rows, const Widths& widths) {
  return at::randn({rows, widths.features}).abs();
}

at::Tensor logits_of(std::int64_t rows, const Widths& widths) { return at::randn({rows, widths.logits}) * 2; }

void add_images(store::Writer& store, const Block& block, const Widths& widths) {
  const std::int64_t n = block.rows();
  const at::Tensor lengths = at::full({n}, kObjectsAnImage, at::kLong);
  const std::int64_t objects = n * kObjectsAnImage;
  const at::Tensor corners = at::rand({objects, 2}) * 100;
  const at::Tensor scores = at::full({objects}, 0.9);
  store.add({"inception",
             block.files,
             {{"features", features_of(n, widths)}, {"logits", logits_of(n, widths)}},
             {}});
  store.add({"maskrcnn",
             block.files,
             {{"lengths", lengths}},
             {{"boxes", at::cat({corners, corners + 50}, 1)},
              {"labels", at::randint(1, widths.labels + 1, {objects}, at::kLong)},
              {"scores", scores}}});
  store.add({"crops@inception@maskrcnn",
             block.files,
             {{"lengths", lengths}, {"threshold", at::full({n}, 0.5, at::kDouble)}},
             {{"scores", scores},
              {"features", features_of(objects, widths)},
              {"logits", logits_of(objects, widths)}}});
}

void fill(const std::string& folder, const std::string& images, const json& items, const Widths& widths) {
  store::Writer store(folder, {});
  Texts texts;
  for (std::size_t begin = 0; begin < items.size(); begin += kBlock) {
    Block block;
    for (std::size_t i = begin; i < std::min(begin + kBlock, items.size()); ++i) {
      const std::string name = items[i].at("image");
      const data::ImageFile file{name, std::filesystem::path(images) / name};
      block.files.push_back(pipeline::read_identified(file, "image", image::kMaxFileBytes).file);
      block.items.push_back(items[i]);
    }
    add_pairs(store, texts, block, widths);
    add_images(store, block, widths);
  }
  store.flush();
}

/// The statistics of as many rows, which are a little further from 0 than the store's.
metrics::FeatureStatistics real_features(std::size_t rows, const Widths& widths) {
  metrics::MomentsAccumulator moments;
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const auto block = static_cast<std::int64_t>(std::min(kBlock, rows - begin));
    moments.add(features_of(block, widths) * 1.1);
  }
  return {moments.moments(), std::nullopt, std::nullopt, "synthetic"};
}

}  // namespace

int main(int argc, char** argv) {
  std::string store, images, captions, statistics;
  Widths widths;
  CLI::App app("Fills a store with synthetic rows");
  app.add_option("--store", store, "a store that has its store.json")->required();
  app.add_option("--images", images, "folder of images")->required();
  app.add_option("--captions", captions, "JSON: [{image, caption, references, opposite}, …]")->required();
  app.add_option("--statistics", statistics, "file to write, with statistics of real images and objects")
      ->required();
  CLI11_PARSE(app, argc, argv);
  try {
    at::manual_seed(0);
    const json items = json::parse(std::ifstream(captions));
    fill(store, images, items, widths);
    const auto real = real_features(items.size(), widths);
    metrics::write_statistics(statistics, {.sets = {{"", real}, {"crops@inception@maskrcnn", real}}});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "tise-synthetic-store: " << error.what() << std::endl;
    return 1;
  }
}
