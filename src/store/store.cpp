#include "tise/store/store.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <string_view>
#include <utility>

#include "damaged.h"
#include "lock.h"
#include "provenance.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"

namespace tise::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStoreRole = "store";
constexpr const char* kTexts = "texts";
constexpr const char* kPairs = "pairs";
constexpr const char* kImages = "images";
constexpr const char* kFiles = "files";
/// Names of images in a chunk of nothing else: some 4 MB.
constexpr std::size_t kNamesChunk = 65536;

at::Tensor int64_tensor(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

/// Bytes of a row over all columns.
std::size_t row_bytes(const pipeline::Columns& columns) {
  std::size_t bytes = 1;
  for (const auto& [name, tensor] : columns) {
    std::size_t values = 1;
    for (const std::int64_t size : tensor.sizes().slice(1)) values *= static_cast<std::size_t>(size);
    bytes += values * tensor.itemsize();
  }
  return bytes;
}

/// Rows of a chunk that stays within `kChunkRows` and `kChunkBytes`.
std::size_t chunk_capacity(const pipeline::Columns& columns) {
  return std::clamp(kChunkBytes / row_bytes(columns), std::size_t{1}, kChunkRows);
}

/// Items of a chunk that stays within `kItemBytes`.
std::size_t item_capacity(const pipeline::Columns& items) {
  return std::max(kItemBytes / row_bytes(items), std::size_t{1});
}

/// `chunk-clip-000012.pt` of the group `clip`.
bool is_chunk_name(std::string_view name, std::string_view group) {
  constexpr std::string_view kDigits = "0123456789";
  const std::string prefix = "chunk-" + std::string(group) + "-";
  if (!name.starts_with(prefix) || !name.ends_with(".pt")) return false;
  name = name.substr(prefix.size(), name.size() - prefix.size() - 3);
  return !name.empty() && name.size() < 10 && name.find_first_not_of(kDigits) == std::string_view::npos;
}

bool holds_other_files(const fs::path& folder) {
  return std::ranges::any_of(entries_of(folder, kStoreRole), [](const fs::path& path) {
    return path.filename() != kLockFile && !is_partial(path);
  });
}

/// What a process that was killed left half written.
void remove_partial_files(const fs::path& folder) {
  for (const fs::path& path : entries_of(folder, kStoreRole)) {
    if (is_partial(path)) remove_file(path, kStoreRole);
  }
}

/// The chunk files of a group in one folder, in order.
std::vector<fs::path> chunks_in(const fs::path& folder, const std::string& group) {
  std::vector<fs::path> paths = entries_of(folder, kStoreRole);
  std::erase_if(paths, [&](const fs::path& path) { return !is_chunk_name(path.filename().string(), group); });
  return paths;
}

std::vector<std::string> images_in(const fs::path& folder) {
  std::vector<std::string> images;
  for (const fs::path& path : chunks_in(folder, kImages)) {
    const Chunk chunk = read_chunk(path);
    const auto& names = chunk.column("names");
    images.insert(images.end(), names.begin(), names.end());
  }
  return images;
}

/// The pairs of one folder, one after another, a chunk of them in memory.
class Pairs {
 public:
  explicit Pairs(const fs::path& folder) : paths_(chunks_in(folder, kPairs)) { settle(); }
  bool over() const { return next_path_ == paths_.size() && row_ == count(); }
  std::int64_t number() const {
    const auto numbers = chunk_.tensors.find("numbers");
    if (numbers == chunk_.tensors.end()) return static_cast<std::int64_t>(passed_ + row_);
    return chunk_.int64s("numbers", count())[row_];
  }
  const std::string& line() const { return chunk_.column("pairs")[row_]; }
  void next() {
    ++row_;
    settle();
  }

 private:
  std::size_t count() const {
    const auto lines = chunk_.strings.find("pairs");
    return lines == chunk_.strings.end() ? 0 : lines->second.size();
  }
  /// To the next chunk, where this one is used up.
  void settle() {
    while (row_ == count() && next_path_ < paths_.size()) {
      passed_ += row_;
      row_ = 0;
      chunk_ = read_chunk(paths_[next_path_++]);
    }
  }

  std::vector<fs::path> paths_;
  std::size_t next_path_ = 0;
  Chunk chunk_;
  std::size_t row_ = 0;
  std::size_t passed_ = 0;
};

at::Tensor slice(const at::Tensor& rows, std::size_t begin, std::size_t count) {
  return rows.narrow(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count));
}

/// A file's state as columns of a chunk.
struct StateColumn {
  const char* name;
  std::int64_t data::FileState::*field;
};
constexpr std::array<StateColumn, 4> kStateColumns{{
    {"inodes", &data::FileState::inode},
    {"sizes", &data::FileState::size},
    {"modified_ns", &data::FileState::modified_ns},
    {"changed_ns", &data::FileState::changed_ns},
}};

void put_files(Chunk& chunk, std::vector<pipeline::FileIdentity>&& files) {
  for (const StateColumn& column : kStateColumns) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(files.size());
    for (const auto& file : files) numbers.push_back(file.state.*column.field);
    chunk.tensors[column.name] = int64_tensor(numbers);
  }
  for (pipeline::FileIdentity& file : files) {
    chunk.strings["names"].push_back(std::move(file.name));
    chunk.strings["sha256"].push_back(std::move(file.sha256));
  }
}

std::vector<data::FileState> states_in(const Chunk& chunk, std::size_t count) {
  std::vector<data::FileState> states(count);
  for (const StateColumn& column : kStateColumns) {
    const auto numbers = chunk.int64s(column.name, count);
    for (std::size_t row = 0; row < count; ++row) states[row].*column.field = numbers[row];
  }
  return states;
}

}  // namespace

Store Store::open(const fs::path& folder, const Provenance& provenance, Writers writers) {
  const PathKind kind = kind_of(folder, kStoreRole);
  if (kind == PathKind::kMissing) make_folders(folder, kStoreRole);
  if (kind == PathKind::kFile || kind == PathKind::kOther) {
    throw InputError("store " + folder.string() + ": not a folder; --store takes a folder");
  }
  const bool is_store = exists(folder / kDescription, kStoreRole);
  if (!is_store && holds_other_files(folder)) {
    throw InputError("store " + folder.string() + ": holds other files and no " + kDescription +
                     "; give an empty folder");
  }
  const bool read_only = is_store && !can_write_into(folder);
  auto lock = read_only ? nullptr : std::make_shared<const Lock>(folder);
  const auto there = read_provenance(folder);
  if (there) check_compatible(folder, *there, provenance);
  if (read_only) {
    Store store({folder}, nullptr, writers);
    store.read_only_ = true;
    return store;
  }
  remove_partial_files(folder);
  write_atomically(folder / kDescription, "store", to_text(there ? merged(*there, provenance) : provenance));
  return {{folder}, std::move(lock), writers};
}

Store Store::join(const fs::path& folder, const Provenance& provenance, Writers writers) {
  const auto there = read_provenance(folder);
  if (!there) {
    throw InputError("store " + folder.string() + ": not there for this process; give a folder that all see");
  }
  check_compatible(folder, *there, provenance);
  return {{folder}, nullptr, writers};
}

Store Store::read(std::vector<fs::path> folders) {
  for (const fs::path& folder : folders) {
    if (!read_provenance(folder)) {
      throw InputError("store " + folder.string() + ": no store; it has no " + kDescription);
    }
  }
  Store store(std::move(folders), nullptr, {});
  for (const fs::path& folder : store.folders_) {
    const auto images = images_in(folder);
    auto& own = store.own_images_[folder];
    if (!images.empty()) own = {images.front(), images.back()};
  }
  return store;
}

std::string Store::name() const {
  std::string names;
  for (const fs::path& folder : folders_) names += (names.empty() ? "" : ", ") + folder.string();
  return names;
}

std::vector<fs::path> Store::chunks(const std::string& group) const {
  std::vector<fs::path> paths;
  for (const fs::path& folder : folders_) {
    for (fs::path& path : chunks_in(folder, group)) paths.push_back(std::move(path));
  }
  return paths;
}

void Store::check_writable(const std::string& what) const {
  if (!read_only_) return;
  throw InputError("store " + name() + ": has no " + what +
                   " and can't be written to; make it writable, or give another --store");
}

void Store::write(const std::string& group, const Chunk& chunk) {
  check_writable("place for new rows (" + group + ")");
  if (!next_chunk_.contains(group)) {
    const auto there = chunks(group);
    const std::size_t free =
        there.empty() ? 0 : std::stoul(there.back().stem().string().substr(group.size() + 7)) + 1;
    next_chunk_[group] = (free + writers_.of - 1) / writers_.of * writers_.of + writers_.index;
  }
  char number[16];
  std::snprintf(number, sizeof number, "%06zu",
                std::exchange(next_chunk_[group], next_chunk_[group] + writers_.of));
  write_chunk(folder() / ("chunk-" + group + "-" + number + ".pt"), chunk);
}

void Store::Waiting::append(const at::Tensor& rows, std::size_t capacity) {
  const std::int64_t needed = std::max(static_cast<std::int64_t>(capacity), rows.size(0));
  if (!block_.defined() || (size_ == 0 && block_.size(0) < needed)) {
    auto shape = rows.sizes().vec();
    shape[0] = needed;
    block_ = at::empty(shape, rows.options().device(at::kCPU));
  }
  slice(block_, size_, static_cast<std::size_t>(rows.size(0))).copy_(rows);
  size_ += static_cast<std::size_t>(rows.size(0));
}

void Store::add(pipeline::ImageRows&& rows) {
  if (rows.files.empty()) return;
  if (rows.items.empty()) {
    add_rows(std::move(rows));
  } else {
    add_items(std::move(rows));
  }
  flush_if_due();
}

void Store::add_rows(pipeline::ImageRows&& rows) {
  WaitingImages& waiting = images_[rows.group];
  const std::size_t capacity = chunk_capacity(rows.columns);
  for (std::size_t done = 0; done < rows.files.size();) {
    const std::size_t count = std::min(capacity - waiting.files.size(), rows.files.size() - done);
    const auto first = rows.files.begin() + static_cast<std::ptrdiff_t>(done);
    std::move(first, first + static_cast<std::ptrdiff_t>(count), std::back_inserter(waiting.files));
    for (const auto& [name, tensor] : rows.columns) {
      waiting.columns[name].append(slice(tensor, done, count), capacity);
    }
    done += count;
    if (waiting.files.size() == capacity) write_images(rows.group);
  }
}

void Store::add_items(pipeline::ImageRows&& rows) {
  WaitingImages& waiting = images_[rows.group];
  const auto lengths = std::find_if(rows.columns.begin(), rows.columns.end(),
                                    [](const auto& column) { return column.first == "lengths"; });
  const auto* length = lengths->second.const_data_ptr<std::int64_t>();
  const std::size_t capacity = item_capacity(rows.items);
  std::size_t first = 0;
  for (std::size_t i = 0; i < rows.files.size(); ++i) {
    const auto count = static_cast<std::size_t>(length[i]);
    if (waiting.files.size() == kChunkRows || waiting.item_count + count > capacity) write_images(rows.group);
    waiting.files.push_back(std::move(rows.files[i]));
    for (const auto& [name, tensor] : rows.columns) {
      waiting.columns[name].append(slice(tensor, i, 1), kChunkRows);
    }
    for (const auto& [name, tensor] : rows.items) {
      waiting.items[name].append(slice(tensor, first, count), capacity);
    }
    waiting.item_count += count;
    first += count;
  }
}

void Store::write_images(const std::string& group) {
  WaitingImages& waiting = images_[group];
  if (waiting.files.empty()) return;
  Chunk chunk;
  put_files(chunk, std::exchange(waiting.files, {}));
  for (auto* columns : {&waiting.columns, &waiting.items}) {
    for (auto& [name, column] : *columns) {
      chunk.tensors[name] = column.rows();
      column.clear();
    }
  }
  waiting.item_count = 0;
  write(group, chunk);
}

void Store::WaitingTexts::add(const pipeline::TokenizedText& text, std::int64_t row) {
  texts.push_back(text.text);
  tokens.push_back(tokens_key(text.tokens));
  cut.push_back(text.is_cut ? 1 : 0);
  rows.push_back(row);
}

void Store::add(pipeline::TextRows&& rows) {
  for (std::size_t i = 0; i < rows.texts.size(); ++i) {
    texts_.add(rows.texts[i], static_cast<std::int64_t>(texts_.embeddings.size()));
    texts_.embeddings.append(slice(rows.embeddings, i, 1), kChunkRows);
    if (texts_.texts.size() == kChunkRows) write_texts();
  }
  flush_if_due();
}

void Store::add_alias(const pipeline::TokenizedText& text) {
  texts_.add(text, -1);
  if (texts_.texts.size() == kChunkRows) write_texts();
}

void Store::add_state(pipeline::FileIdentity&& file) {
  if (read_only_) return;  // it is found out again next time
  states_.push_back(std::move(file));
  if (states_.size() == kChunkRows) write_states();
}

void Store::write_states() {
  if (states_.empty()) return;
  Chunk chunk;
  put_files(chunk, std::exchange(states_, {}));
  write(kFiles, chunk);
}

void Store::write_texts() {
  if (texts_.texts.empty()) return;
  Chunk chunk;
  chunk.strings["texts"] = std::exchange(texts_.texts, {});
  chunk.strings["tokens"] = std::exchange(texts_.tokens, {});
  chunk.tensors["cut"] = at::tensor(std::exchange(texts_.cut, {}), at::TensorOptions().dtype(at::kByte));
  chunk.tensors["rows"] = int64_tensor(std::exchange(texts_.rows, {}));
  chunk.tensors["embeddings"] =
      texts_.embeddings.size() == 0 ? at::empty({0, 0}, at::kFloat) : texts_.embeddings.rows();
  texts_.embeddings.clear();
  write(kTexts, chunk);
}

void Store::set_pairs(std::size_t count, const std::function<StoredPair(std::size_t)>& pair) {
  if (read_only_) {
    pairs_.clear();
    for (std::size_t i = 0; i < count; ++i) pairs_.push_back(pair(i).line);
    return;
  }
  clear(kPairs);
  for (std::size_t begin = 0; begin < count; begin += kChunkRows) {
    Chunk chunk;
    std::vector<std::int64_t> numbers;
    for (std::size_t i = begin; i < std::min(begin + kChunkRows, count); ++i) {
      StoredPair stored = pair(i);
      numbers.push_back(stored.number);
      chunk.strings["pairs"].push_back(std::move(stored.line));
    }
    chunk.tensors["numbers"] = int64_tensor(numbers);
    write(kPairs, chunk);
  }
}

void Store::for_each_pair(const std::function<void(std::size_t i, const std::string& line)>& visit) const {
  for (std::size_t i = 0; i < pairs_.size(); ++i) visit(i, pairs_[i]);
  if (read_only_) return;
  std::vector<Pairs> pairs;
  for (const fs::path& folder : folders_) {
    Pairs in_folder(folder);
    if (!in_folder.over()) pairs.push_back(std::move(in_folder));
  }
  const auto later = [](const Pairs& a, const Pairs& b) { return a.number() > b.number(); };
  std::make_heap(pairs.begin(), pairs.end(), later);
  for (std::size_t i = 0; !pairs.empty(); ++i) {
    std::pop_heap(pairs.begin(), pairs.end(), later);
    visit(i, pairs.back().line());
    pairs.back().next();
    if (pairs.back().over()) {
      pairs.pop_back();
    } else {
      std::push_heap(pairs.begin(), pairs.end(), later);
    }
  }
}

void Store::clear(const std::string& group) {
  for (const fs::path& path : chunks(group)) remove_file(path, kStoreRole);
  next_chunk_[group] = 0;
}

void Store::finish(const std::vector<std::string>& images, nlohmann::ordered_json run) {
  if (read_only_) return;
  clear(kImages);
  for (std::size_t begin = 0; begin < images.size(); begin += kNamesChunk) {
    const auto first = images.begin() + static_cast<std::ptrdiff_t>(begin);
    Chunk chunk;
    chunk.strings["names"].assign(
        first, first + static_cast<std::ptrdiff_t>(std::min(kNamesChunk, images.size() - begin)));
    write(kImages, chunk);
  }
  Provenance provenance = read_provenance(folder()).value();
  provenance.run = std::move(run);
  write_atomically(folder() / kDescription, "store", to_text(provenance));
}

std::vector<std::string> Store::images() const {
  std::vector<std::string> images;
  for (const fs::path& folder : folders_) {
    for (std::string& name : images_in(folder)) images.push_back(std::move(name));
  }
  return images;
}

void Store::flush() {
  for (const auto& [group, waiting] : images_) write_images(group);
  write_texts();
  write_states();
  flushed_ = Clock::now();
}

void Store::flush_if_due() {
  if (Clock::now() - flushed_ >= most_age_) flush();
}

Chunk Store::chunk(const std::string& group, std::size_t chunk) const {
  return load(chunks(group).at(chunk));
}

void Store::for_each_chunk(const std::string& group,
                           const std::function<void(std::size_t, const Chunk&)>& visit) const {
  std::size_t number = 0;
  for (const fs::path& path : chunks(group)) visit(number++, load(path));
}

Chunk Store::load(const fs::path& path) const {
  Chunk chunk = read_chunk(path);
  const auto own = own_images_.find(path.parent_path());
  if (own == own_images_.end()) return chunk;
  const auto& [first, last] = own->second;
  for (std::string& name : chunk.strings["names"]) {
    if (name < first || name > last) name.clear();
  }
  return chunk;
}

std::unordered_map<std::string, RowPlace> Store::index(const std::string& group) const {
  std::unordered_map<std::string, RowPlace> places;
  for_each_chunk(group, [&](std::size_t number, const Chunk& chunk) {
    const auto& names = chunk.column("names");
    const auto& hashes = chunk.column("sha256");
    if (hashes.size() != names.size()) refuse_chunk(chunk.path);
    const auto states = states_in(chunk, names.size());
    const bool has_threshold = chunk.tensors.contains("threshold");
    const auto thresholds =
        has_threshold ? chunk.doubles("threshold", names.size()) : std::span<const double>();
    for (std::size_t row = 0; row < names.size(); ++row) {
      if (names[row].empty()) continue;
      places[names[row]] = {number, row, states[row], hashes[row], has_threshold ? thresholds[row] : 0.0};
    }
  });
  for_each_chunk(kFiles, [&](std::size_t, const Chunk& chunk) {
    const auto& names = chunk.column("names");
    const auto& hashes = chunk.column("sha256");
    if (hashes.size() != names.size()) refuse_chunk(chunk.path);
    const auto states = states_in(chunk, names.size());
    for (std::size_t row = 0; row < names.size(); ++row) {
      const auto place = places.find(names[row]);
      if (place != places.end() && place->second.sha256 == hashes[row]) place->second.file = states[row];
    }
  });
  return places;
}

TextTable Store::texts() const { return TextTable(chunks(kTexts)); }

}  // namespace tise::store
