#include "tise/store/reader.h"

#include <algorithm>
#include <future>
#include <iterator>

#include "layout.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/store/provenance.h"

namespace tise::store {
namespace {

namespace fs = std::filesystem;

/// The pairs of one folder in order, with one chunk in memory at a time.
class Pairs {
 public:
  explicit Pairs(std::vector<fs::path> chunks) : paths_(std::move(chunks)) { settle(); }
  bool over() const { return row_ == chunk_.rows; }
  std::int64_t number() const { return chunk_.int64s("numbers")[row_]; }
  const std::string& line() const { return chunk_.texts(kPairs)[row_]; }
  void next() {
    ++row_;
    settle();
  }

 private:
  /// Moves on to the next chunk if this one is used up.
  void settle() {
    while (row_ == chunk_.rows && next_path_ < paths_.size()) {
      row_ = 0;
      chunk_ = read_chunk(paths_[next_path_++]);
    }
  }

  std::vector<fs::path> paths_;
  std::size_t next_path_ = 0;
  Chunk chunk_;
  std::size_t row_ = 0;
};

}  // namespace

Reader::Reader(std::vector<fs::path> folders, const std::optional<fs::path>& pairs)
    : folders_(std::move(folders)) {
  for (const fs::path& folder : folders_) {
    if (!read_provenance(folder)) {
      refuse(folder, concat("not a store: ", kDescription, " is missing"));
    }
    for (const auto& [group, chunks] : chunks_in(folder)) {
      for (const auto& [number, path] : chunks) chunks_[group].push_back(path);
    }
  }
  if (pairs) chunks_[kPairs] = Reader({*pairs}).paths(kPairs);
  if (folders_.size() < 2) return;
  for (const fs::path& folder : folders_) {
    const auto images = Reader({folder}).images();
    auto& own = own_images_[folder];
    if (!images.empty()) own = {images.front(), images.back()};
  }
}

bool is_own_group(std::string_view name) { return name == kPairs || name == kImages || name == kFiles; }

std::string Reader::name() const { return joined(folders_); }

const std::vector<fs::path>& Reader::paths(const std::string& group) const {
  static const std::vector<fs::path> kNone;
  const std::vector<fs::path>* found = find_in(chunks_, group);
  return found == nullptr ? kNone : *found;
}

Chunk Reader::load(const fs::path& path, const std::vector<std::string>& columns) const {
  Chunk chunk = read_chunk(path, columns);
  const auto* own = find_in(own_images_, path.parent_path());
  if (own == nullptr) return chunk;
  const auto& [first, last] = *own;
  for (std::string& name : chunk.strings["names"]) {
    if (name < first || name > last) name.clear();
  }
  return chunk;
}

Chunk Reader::chunk(const std::string& group, std::size_t chunk,
                    const std::vector<std::string>& columns) const {
  return load(paths(group).at(chunk), columns);
}

void Reader::for_each_chunk(const std::string& group, const std::vector<std::string>& columns,
                            const std::function<void(std::size_t, const Chunk&)>& visit) const {
  const std::vector<fs::path>& chunks = paths(group);
  const auto begin_to_load = [&](std::size_t number) {
    return std::async(std::launch::async, [&, number] { return load(chunks[number], columns); });
  };
  std::future<Chunk> next;
  for (std::size_t number = 0; number < chunks.size(); ++number) {
    const Chunk chunk = next.valid() ? next.get() : load(chunks[number], columns);
    if (number + 1 < chunks.size()) next = begin_to_load(number + 1);
    visit(number, chunk);
  }
}

RowIndex Reader::index(const std::string& group) const {
  std::vector<std::string> columns{"names", "sha256", "threshold", "frames"};
  for (const StateColumn& state : kStateColumns) columns.emplace_back(state.name);
  RowIndex places;
  for_each_chunk(group, columns, [&](std::size_t number, const Chunk& chunk) {
    const bool has_threshold = chunk.tensors.contains("threshold");
    const auto thresholds = has_threshold ? chunk.doubles("threshold") : std::span<const double>();
    const auto frames = chunk.int64s("frames");
    std::size_t row = 0;
    for (FileIdentity& file : files_of(chunk)) {
      const double threshold = has_threshold ? thresholds[row] : 0.0;
      RowPlace place{number, row, file.state, std::move(file.sha256), threshold, frames[row] > 1};
      ++row;
      if (!file.name.empty()) places[std::move(file.name)] = std::move(place);
    }
  });
  for_each_chunk(kFiles, columns, [&](std::size_t, const Chunk& chunk) {
    for (const FileIdentity& file : files_of(chunk)) {
      RowPlace* const place = find_in(places, file.name);
      if (place != nullptr && place->sha256 == file.sha256) place->file = file.state;
    }
  });
  return places;
}

void Reader::for_each_picture(
    const std::string& group,
    const std::function<void(const std::string& name, const image::PictureHeader& header)>& visit) const {
  std::vector<std::string> columns{"names", kFormats};
  for (const PictureColumn& column : kPictureColumns) columns.emplace_back(column.name);
  for_each_chunk(group, columns, [&](std::size_t, const Chunk& chunk) {
    const auto& names = chunk.texts("names");
    const auto& formats = chunk.texts(kFormats);
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      image::PictureHeader header;
      header.format = formats[row];
      for (const auto& [name, field] : kPictureColumns) header.*field = chunk.int64s(name)[row];
      visit(names[row], header);
    }
  });
}

TextTable Reader::texts(const std::string& group) const { return TextTable(paths(group)); }

void Reader::for_each_pair(const std::function<void(std::size_t i, const std::string& line)>& visit) const {
  std::map<fs::path, std::vector<fs::path>> by_folder;
  for (const fs::path& path : paths(kPairs)) by_folder[path.parent_path()].push_back(path);
  std::vector<Pairs> pairs;
  for (auto& [folder, chunks] : by_folder) pairs.emplace_back(std::move(chunks));
  std::erase_if(pairs, [](const Pairs& one) { return one.over(); });
  const auto later = [](const Pairs& a, const Pairs& b) { return a.number() > b.number(); };
  std::ranges::make_heap(pairs, later);
  for (std::size_t i = 0; !pairs.empty(); ++i) {
    std::ranges::pop_heap(pairs, later);
    visit(i, pairs.back().line());
    pairs.back().next();
    if (pairs.back().over()) {
      pairs.pop_back();
    } else {
      std::ranges::push_heap(pairs, later);
    }
  }
}

std::vector<std::string> Reader::images() const {
  std::vector<std::string> images;
  for (const fs::path& path : paths(kImages)) {
    Chunk chunk = read_chunk(path);
    std::ranges::move(chunk.strings["names"], std::back_inserter(images));
  }
  return images;
}

}  // namespace tise::store
