#include "targets.h"

#include <caffe2/serialize/inline_container.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tise/base/error.h"
#include "tise/data/captions.h"
#include "tise/data/images.h"
#include "tise/data/labels.h"
#include "tise/image/decode.h"
#include "tise/metrics/statistics_file.h"
#include "tise/models/card.h"
#include "tise/store/store.h"
#include "tise/text/tokenizer.h"

namespace tise::fuzz {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::uint8_t>;

constexpr const char* kStoreJson = R"({"schema": 2, "precision": "fp32", "device": "cpu", "models": {}})";

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The bytes as a file in memory, under a name with an extension.
class File {
 public:
  explicit File(Bytes bytes, const std::string& extension = "")
      : descriptor_(::memfd_create("input", 0)),
        link_(fs::temp_directory_path() / ("tise-fuzz-" + std::to_string(::getpid()) + extension)) {
    if (descriptor_ < 0 ||
        ::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("no memory for an input");
    }
    fs::remove(link_);
    fs::create_symlink(target(), link_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    ::close(descriptor_);
    std::error_code ignored;
    fs::remove(link_, ignored);
  }
  const fs::path& path() const { return link_; }
  std::string target() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
  fs::path link_;
};

void read_captions(Bytes bytes) {
  const File file(bytes);
  try {
    const data::Captions captions = data::read_captions(file.path());
    for (const data::Item& item : captions.items) {
      data::read_json_line(data::json_line(item, item.image), file.path());
    }
  } catch (const InputError&) {
  }
  try {
    data::read_labels(file.path());
  } catch (const InputError&) {
  }
}

void read_card(Bytes bytes) {
  try {
    models::parse_card(text_of(bytes), "card");
  } catch (const ModelError&) {
  }
}

void read_chunk(Bytes bytes) {
  const File file(bytes);
  try {
    store::read_chunk(file.path());
  } catch (const InputError&) {
  }
}

/// A chunk with this pickle, ten short records, and the sums that they have.
std::vector<std::uint8_t> chunk_of(Bytes pickle) {
  std::vector<std::uint8_t> chunk;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    chunk.insert(chunk.end(), begin, begin + size);
    return size;
  });
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  for (int record = 0; record < 10; ++record) {
    const std::string content(1024, static_cast<char>(record));
    writer.writeRecord("data/" + std::to_string(record), content.data(), content.size());
  }
  writer.writeEndOfFile();
  return chunk;
}

/// A store whose only chunk, of whichever group, has this pickle.
void read_pickle(Bytes bytes) {
  const File file(chunk_of(bytes));
  try {
    store::read_chunk(file.path());
  } catch (const InputError&) {
    return;
  }
  static const fs::path kFolder =
      fs::temp_directory_path() / ("tise-fuzz-store-" + std::to_string(::getpid()));
  static const bool kMade =
      fs::create_directory(kFolder) && (std::ofstream(kFolder / "store.json") << kStoreJson, true);
  if (!kMade) throw std::runtime_error("no store can be made");
  const auto attempt = [&](const std::string& group, const auto& use) {
    const fs::path chunk = kFolder / ("chunk-" + group + "-000000.pt");
    fs::create_symlink(file.target(), chunk);
    try {
      use(store::Store::read({kFolder}), group);
    } catch (const InputError&) {
    }
    fs::remove(chunk);
  };
  attempt("clip", [](const store::Store& store, const std::string& group) { store.index(group); });
  attempt("texts", [](const store::Store& store, const std::string&) { store.texts(); });
  attempt("pairs", [](const store::Store& store, const std::string&) {
    store.for_each_pair([](auto, const auto&) {});
  });
  attempt("images", [](const store::Store& store, const std::string&) { store.images(); });
}

void read_statistics(Bytes bytes) {
  const File file(bytes);
  try {
    metrics::read_statistics(file.path());
  } catch (const InputError&) {
  }
}

/// A text, and after a line `#version` merges to split it with.
void tokenize(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const std::size_t merges = std::min(text.find("#version"), text.size());
  try {
    const text::Tokenizer tokenizer(merges == text.size() ? "#version\ni n\nt h\nth e</w>\n"
                                                          : text.substr(merges));
    const auto tokens = tokenizer.encode(text.substr(0, merges), 77).ids;
    if (tokens.size() < 2 || tokens.size() > 77) throw std::logic_error("a length that is none");
  } catch (const std::invalid_argument&) {
  }
}

void read_archive(Bytes bytes) {
  for (const char* extension : {".zip", ".tar.gz"}) {
    const File file(bytes, extension);
    try {
      for (const data::ImageFile& image : data::list_images(file.path(), "images").images) {
        try {
          data::read_image(image, "image", std::size_t{1} << 20U);
        } catch (const InputError&) {
        }
      }
    } catch (const InputError&) {
    }
  }
}

void decode_image(Bytes bytes) {
  constexpr std::int64_t kMostPixels = 1 << 22;
  try {
    const image::Pixels pixels = image::decode(bytes, kMostPixels);
    if (pixels.rgb.size() != std::size_t{3} * pixels.width * pixels.height)
      throw std::logic_error("a size that is none");
  } catch (const image::DecodeError&) {
  }
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> kTargets{{"captions", read_captions},     {"card", read_card},
                                            {"chunk", read_chunk},           {"pickle", read_pickle},
                                            {"statistics", read_statistics}, {"tokenizer", tokenize},
                                            {"archive", read_archive},       {"image", decode_image}};
  return kTargets;
}

}  // namespace tise::fuzz
