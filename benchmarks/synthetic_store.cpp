// Fills a store with rows that no network made: as many as there are images in a folder, so that scoring can
// be timed at any size. Embeddings of texts are random, an image's is its caption's and as much noise;
// features and logits are random.

#include <ATen/ATen.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tise/base/files.h"
#include "tise/data/images.h"
#include "tise/pipeline/encode_images.h"
#include "tise/store/store.h"

namespace {

using namespace tise;

constexpr std::size_t kBlock = 1000;
constexpr const char* kPrompt = "A photo depicts ";

void fill(const std::string& folder, const std::vector<data::ImageFile>& images,
          const std::vector<std::string>& captions, std::int64_t embed_dim, std::int64_t feature_dim,
          std::int64_t classes) {
  store::Store store = store::Store::open(folder, {});
  at::manual_seed(0);
  for (std::size_t begin = 0; begin < images.size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, images.size());
    const auto rows = static_cast<std::int64_t>(end - begin);
    std::vector<pipeline::FileIdentity> files;
    pipeline::TextRows texts;
    for (std::size_t i = begin; i < end; ++i) {
      files.push_back(pipeline::identify(images[i], read_bytes(images[i].path, "image")));
    }
    for (const char* prompt : {"", kPrompt}) {
      for (std::size_t i = begin; i < end; ++i) {
        texts.texts.push_back(prompt + captions[i]);
        texts.tokens.push_back({*prompt == 0 ? 0 : 1, static_cast<std::int64_t>(i)});
      }
    }
    const at::Tensor bare = at::randn({rows, embed_dim});
    texts.embeddings = at::cat({bare, bare + 0.1 * at::randn({rows, embed_dim})});
    const at::Tensor embeddings = bare + 4.0 * at::randn({rows, embed_dim});
    store.add({"clip", files, {{"embeddings", embeddings}}, {}});
    store.add(
        {"inception",
         files,
         {{"features", at::randn({rows, feature_dim}).abs()}, {"logits", at::randn({rows, classes}) * 2}},
         {}});
    store.add(std::move(texts));
  }
  store.flush();
}

}  // namespace

int main(int argc, char** argv) {
  std::string store, images, captions;
  std::int64_t embed_dim = 512, feature_dim = 2048, classes = 1008;
  CLI::App app("Fills a store with rows that no network made");
  app.add_option("--store", store, "that has its store.json")->required();
  app.add_option("--images", images, "folder")->required();
  app.add_option("--captions", captions, "{\"image id\": \"caption\"} of all of them")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    const auto files = data::list_images(images, "image");
    const auto json = nlohmann::ordered_json::parse(std::ifstream(captions));
    std::vector<std::string> texts;
    for (const auto& file : files) texts.push_back(json.at(file.name.substr(0, file.name.rfind('.'))));
    fill(store, files, texts, embed_dim, feature_dim, classes);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "tise-synthetic-store: " << error.what() << std::endl;
    return 1;
  }
}
