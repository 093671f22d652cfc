#include "targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "support/chunks.h"
#include "tise/base/error.h"
#include "tise/base/utf8.h"
#include "tise/data/captions.h"
#include "tise/data/images.h"
#include "tise/data/labels.h"
#include "tise/data/pairing.h"
#include "tise/data/source.h"
#include "tise/image/open.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/statistics_file.h"
#include "tise/models/card.h"
#include "tise/store/detection_reader.h"
#include "tise/store/reader.h"
#include "tise/text/tokenizer.h"

namespace tise::fuzz {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::uint8_t>;

constexpr const char* kStoreJson = R"({"schema": 4, "precision": "fp32", "device": "cpu", "models": {}})";

/// At most this many images of an array are read.
constexpr std::size_t kMostRows = 20;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// A file in memory with these bytes, and a link to it whose name has the extension.
class File {
 public:
  explicit File(Bytes bytes, const std::string& extension = "")
      : descriptor_(::memfd_create("input", 0)),
        link_(fs::temp_directory_path() / ("tise-fuzz-" + std::to_string(::getpid()) + extension)) {
    if (descriptor_ < 0 ||
        ::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("cannot make an input file in memory");
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

/// Reads captions in the detected format, and in every format.
void read_captions(Bytes bytes) {
  const File file(bytes);
  std::vector<std::string> formats{""};
  for (const data::CaptionsFormat& format : data::captions_formats()) formats.emplace_back(format.name);
  for (const std::string& format : formats) {
    try {
      const data::Captions captions =
          data::read_captions(file.path(), {.format = format, .fields = {"Category"}});
      for (const data::Item& item : captions.items) {
        data::read_json_line(data::json_line(item, item.image), file.path());
      }
    } catch (const InputError&) {
    }
  }
  try {
    data::read_labels(file.path());
  } catch (const InputError&) {
  }
}

/// The input: a pattern or an empty line, one image name per line, an empty line, captions.
void pair_images(Bytes bytes) {
  std::string_view text = text_of(bytes);
  const auto take_line = [&] { return std::string(data::take_line(text)); };
  const std::string pattern = take_line();
  std::set<std::string> names;
  for (std::string name = take_line(); !name.empty(); name = take_line()) names.insert(as_utf8(name));
  std::vector<data::ImageFile> images;
  for (const std::string& name : names) images.push_back({name, name});
  if (images.empty()) return;
  const File file({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  try {
    const auto asked = pattern.empty() ? std::nullopt : std::optional(pattern);
    const std::vector<std::string> fields =
        asked ? data::fields_of_pattern(*asked) : std::vector<std::string>();
    data::Captions captions = data::read_captions(file.path(), {.fields = fields});
    const data::Pairing pairing = data::pair_images(captions, images, asked);
    const data::Dataset dataset = data::match(std::move(images), std::move(captions), data::Missing::kSkip);
    data::in_words(captions, pairing, dataset.images.size());
  } catch (const InputError&) {
  } catch (const UsageError&) {
  }
}

void read_card(Bytes bytes) {
  try {
    models::parse_card(text_of(bytes), "card");
  } catch (const ModelError&) {
  }
}

/// Reads a group's rows as metrics do.
void use_rows(const store::Reader& store, const std::string& group, const metrics::ColumnNames& columns) {
  std::vector<std::string> names;
  for (const auto& [name, place] : store.index(group)) names.push_back(name);
  const metrics::Source source{group, 0.5, {0, 1}, 2};
  metrics::group_rows(store, source, names).visit(columns, [](const metrics::Rows&) {});
}

void use_images(const store::Reader& store, const std::string& group) {
  use_rows(store, group, {"embeddings"});
  use_rows(store, group, {"counts"});
}

void use_objects(const store::Reader& store, const std::string& group) {
  store::DetectionReader reader(store, group);
  for (const auto& [name, place] : store.index(group)) reader.read(name);
  use_rows(store, group, {"classes"});
  use_rows(store, group, {"features", "logits"});
}

void use_texts(const store::Reader& store, const std::string& group) {
  const store::TextTable table = store.texts(group);
  std::vector<std::size_t> rows(std::min<std::size_t>(table.embeddings.size(), 100));
  std::iota(rows.begin(), rows.end(), table.embeddings.size() - rows.size());
  table.embeddings.read(rows);
}

void use_pairs(const store::Reader& store, const std::string& /*group*/) {
  store.for_each_pair([](auto, const auto&) {});
}

void use_names(const store::Reader& store, const std::string& /*group*/) { store.images(); }

/// Reads the chunk unchanged; then, with its checksums repaired, as the only chunk of a store, for each kind
/// of group.
void read_chunk(Bytes bytes) {
  const File as_it_is(bytes);
  try {
    store::read_chunk(as_it_is.path());
  } catch (const InputError&) {
  }
  const std::string repaired = testing::with_right_sums(std::string(text_of(bytes)));
  const File file({reinterpret_cast<const std::uint8_t*>(repaired.data()), repaired.size()});
  static const fs::path kFolder =
      fs::temp_directory_path() / ("tise-fuzz-store-" + std::to_string(::getpid()));
  static const bool kMade =
      fs::create_directory(kFolder) && (std::ofstream(kFolder / "store.json") << kStoreJson, true);
  if (!kMade) throw std::runtime_error("cannot make a store");
  using Use = void (*)(const store::Reader& store, const std::string& group);
  for (const auto& [group, use] :
       std::initializer_list<std::pair<std::string, Use>>{{"clip", use_images},
                                                          {"crops", use_objects},
                                                          {"texts@clip", use_texts},
                                                          {"pairs", use_pairs},
                                                          {"images", use_names}}) {
    const fs::path chunk = kFolder / (group + "-000000.safetensors");
    fs::create_symlink(file.target(), chunk);
    try {
      use(store::Reader({kFolder}), group);
    } catch (const InputError&) {
    }
    fs::remove(chunk);
  }
}

void read_statistics(Bytes bytes) {
  const File file(bytes);
  try {
    metrics::read_statistics(file.path());
  } catch (const InputError&) {
  }
}

/// The input: a text, then optionally merges that begin with a line `#version`.
void tokenize(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const std::size_t merges = std::min(text.find("#version"), text.size());
  try {
    const text::Tokenizer tokenizer(merges == text.size() ? "#version\ni n\nt h\nth e</w>\n"
                                                          : text.substr(merges));
    const auto tokens = tokenizer.encode(text.substr(0, merges), 77).ids;
    if (tokens.size() < 2 || tokens.size() > 77) throw std::logic_error("invalid number of tokens");
  } catch (const std::invalid_argument&) {
  }
}

/// Reads an archive's images and the captions next to them.
void read_archive(Bytes bytes) {
  for (const char* extension : {".zip", ".tar.gz"}) {
    const File file(bytes, extension);
    try {
      data::read_captions(file.path());
    } catch (const InputError&) {
    }
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

/// Reads the images of an .npz, last to first.
void read_array(Bytes bytes) {
  const File file(bytes, ".npz");
  try {
    const auto images = data::list_images(file.path(), "images").images;
    for (std::size_t i = images.size(); i-- > 0 && images.size() - i <= kMostRows;) {
      try {
        image::decode(data::read_image(images[i], "image", std::size_t{1} << 20U));
      } catch (const InputError&) {
      }
    }
  } catch (const InputError&) {
  }
}

void check(const image::Pixels& pixels) {
  if (pixels.rgb.size() != std::size_t{3} * pixels.width * pixels.height)
    throw std::logic_error("the number of bytes does not match the size");
}

/// Decodes the image plainly, and with all options.
void decode_image(Bytes bytes) {
  constexpr std::int64_t kMostPixels = 1 << 22;
  const image::Opening plain{.max_pixels = kMostPixels};
  const image::Opening all{.max_pixels = kMostPixels,
                           .first_frame = true,
                           .turns = true,
                           .transform = image::parse_transform("square,resize=16:lanczos")};
  for (const image::Opening& opening : {plain, all}) {
    try {
      check(image::open(bytes, opening).pixels);
    } catch (const image::DecodeError&) {
    }
  }
}

/// The input: steps as text. They are applied to a small picture unless they make it large.
void take_steps(Bytes bytes) {
  constexpr int kMostSide = 256;
  try {
    const image::Steps transform = image::parse_transform(text_of(bytes));
    if (image::parse_transform(image::to_string(transform)) != transform)
      throw std::logic_error("steps that read back differently");
    const auto is_large = [](const image::Step& step) {
      return std::max(step.width, step.height) > kMostSide;
    };
    if (transform.size() > 8 || std::ranges::any_of(transform, is_large)) return;
    check(image::transformed({37, 5, std::vector<std::uint8_t>(37 * 5 * 3, 7)}, transform));
  } catch (const std::invalid_argument&) {
  } catch (const image::DecodeError&) {
  }
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> kTargets{
      {"captions", read_captions}, {"pairing", pair_images},        {"card", read_card},
      {"chunk", read_chunk},       {"statistics", read_statistics}, {"tokenizer", tokenize},
      {"archive", read_archive},   {"array", read_array},           {"image", decode_image},
      {"transform", take_steps}};
  return kTargets;
}

}  // namespace tise::fuzz
