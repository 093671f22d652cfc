#include "tise/store/writer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "layout.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"
#include "tise/store/texts.h"

namespace tise::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStoreRole = "store";

/// Bytes per row, over all columns.
std::size_t row_bytes(const Columns& columns) {
  std::size_t bytes = 1;
  for (const auto& [name, tensor] : columns) {
    bytes += static_cast<std::size_t>(c10::multiply_integers(tensor.sizes().slice(1))) * tensor.itemsize();
  }
  return bytes;
}

/// How many rows a chunk holds, if each has this many bytes.
std::size_t chunk_capacity(std::size_t bytes) {
  const std::size_t wide = std::clamp(kWideBytes / bytes, kChunkRows, kMostChunkRows);
  return std::clamp(kChunkBytes / bytes, std::size_t{1}, wide);
}

at::Tensor slice(const at::Tensor& rows, std::size_t begin, std::size_t count) {
  return rows.narrow(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count));
}

/// Creates the folder if it is missing. Throws InputError if it isn't a folder, or contains other files.
void prepare_folder(const fs::path& folder) {
  const PathKind kind = kind_of(folder, kStoreRole);
  if (kind == PathKind::kMissing) make_folders(folder, kStoreRole);
  if (kind == PathKind::kFile || kind == PathKind::kOther) {
    refuse(folder, "not a folder; --store needs a folder");
  }
  if (exists(folder / kDescription, kStoreRole)) return;
  for (const fs::path& path : entries_of(folder, kStoreRole)) {
    if (path.filename() != kLockFile && !is_partial(path)) {
      refuse(folder, std::string("contains other files but no ") + kDescription + "; use an empty folder");
    }
  }
}

}  // namespace

bool can_only_be_read(const fs::path& folder) {
  return exists(folder / kDescription, kStoreRole) && !can_write_into(folder);
}

Writer::Writer(fs::path folder, std::shared_ptr<const Descriptor> lock, Writers writers)
    : folder_(std::move(folder)), lock_(std::move(lock)), writers_(writers) {}

Writer::Writer(const fs::path& folder, const Provenance& provenance, Writers writers)
    : Writer(folder, (prepare_folder(folder), std::make_shared<const Descriptor>(hold(folder))), writers) {
  const auto there = read_provenance(folder);
  if (there) check_compatible(folder, *there, provenance);
  for (const fs::path& path : entries_of(folder, kStoreRole)) {
    if (is_partial(path)) remove_file(path, kStoreRole);  // left by a process that was killed while writing
  }
  Provenance both = there.value_or(provenance);
  both.models.insert(provenance.models.begin(), provenance.models.end());
  both.run = provenance.run;
  write_provenance(folder, both);
}

Writer Writer::join(const fs::path& folder, const Provenance& provenance, Writers writers) {
  const auto there = read_provenance(folder);
  if (!there) refuse(folder, "not visible to this process; use a folder shared by all ranks");
  check_compatible(folder, *there, provenance);
  return {folder, nullptr, writers};
}

void Writer::Block::append(const at::Tensor& rows, std::size_t capacity) {
  const std::int64_t needed = std::max(static_cast<std::int64_t>(capacity), rows.size(0));
  if (!block_.defined() || (size_ == 0 && block_.size(0) < needed)) {
    auto shape = rows.sizes().vec();
    shape[0] = needed;
    block_ = at::empty(shape, rows.options().device(at::kCPU));
  }
  slice(block_, size_, static_cast<std::size_t>(rows.size(0))).copy_(rows);
  size_ += static_cast<std::size_t>(rows.size(0));
}

void Writer::Waiting::add(FileIdentity&& file) {
  ++rows;
  texts["names"].push_back(std::move(file.name));
  texts["sha256"].push_back(std::move(file.sha256));
  texts[kFormats].push_back(std::move(file.picture.format));
  for (const StateColumn& column : kStateColumns) numbers[column.name].push_back(file.state.*column.field);
  for (const PictureColumn& column : kPictureColumns)
    numbers[column.name].push_back(file.picture.*column.field);
}

void Writer::Waiting::add(const TokenizedText& text, std::int64_t embedding) {
  ++rows;
  texts["texts"].push_back(text.text);
  texts["tokens"].push_back(tokens_key(text.tokens));
  numbers["cut"].push_back(text.is_cut ? 1 : 0);
  numbers["rows"].push_back(embedding);
}

void Writer::add(ImageRows&& rows) {
  if (rows.files.empty()) return;
  const std::string group = rows.group;
  rows.items.empty() ? add_rows(group, std::move(rows)) : add_items(group, std::move(rows));
  flush_if_due();
}

void Writer::add_rows(const std::string& group, ImageRows&& rows) {
  Waiting& waiting = waiting_[group];
  const std::size_t capacity = chunk_capacity(row_bytes(rows.columns));
  for (std::size_t done = 0; done < rows.files.size();) {
    const std::size_t count = std::min(capacity - waiting.rows, rows.files.size() - done);
    for (const auto& [name, tensor] : rows.columns) {
      waiting.blocks[name].append(slice(tensor, done, count), capacity);
    }
    for (std::size_t i = 0; i < count; ++i) waiting.add(std::move(rows.files[done++]));
    if (waiting.rows == capacity) write(group);
  }
}

void Writer::add_items(const std::string& group, ImageRows&& rows) {
  Waiting& waiting = waiting_[group];
  const auto lengths = std::ranges::find(rows.columns, "lengths", &Columns::value_type::first);
  const auto* length = lengths->second.const_data_ptr<std::int64_t>();
  const std::size_t row_size = row_bytes(rows.columns);
  const std::size_t item_size = row_bytes(rows.items);
  const std::size_t most_items = std::max(kItemBytes / item_size, std::size_t{1});
  std::size_t first = 0;
  for (std::size_t i = 0; i < rows.files.size(); ++i) {
    const auto count = static_cast<std::size_t>(length[i]);
    const std::size_t bytes = waiting.rows * row_size + (waiting.items + count) * item_size;
    if (waiting.items + count > most_items || (waiting.rows >= kChunkRows && bytes > kWideBytes) ||
        waiting.rows == kMostChunkRows) {
      write(group);
    }
    for (const auto& [name, tensor] : rows.columns) {
      waiting.blocks[name].append(slice(tensor, i, 1), kMostChunkRows);
    }
    for (const auto& [name, tensor] : rows.items) {
      waiting.blocks[name].append(slice(tensor, first, count), most_items);
    }
    waiting.add(std::move(rows.files[i]));
    waiting.items += count;
    first += count;
  }
}

void Writer::add(const std::string& group, TextRows&& rows) {
  if (rows.texts.empty()) return;
  Waiting& waiting = waiting_[group];
  Block& embeddings = waiting.blocks["embeddings"];
  const std::size_t capacity = chunk_capacity(row_bytes({{"embeddings", rows.embeddings}}));
  for (std::size_t i = 0; i < rows.texts.size(); ++i) {
    waiting.add(rows.texts[i], static_cast<std::int64_t>(embeddings.size()));
    embeddings.append(slice(rows.embeddings, i, 1), capacity);
    if (waiting.rows >= capacity) write(group);
  }
  flush_if_due();
}

void Writer::add_alias(const std::string& group, const TokenizedText& text) {
  waiting_[group].add(text, -1);
  if (waiting_[group].rows == kMostChunkRows) write(group);
}

void Writer::add_state(FileIdentity&& file) {
  waiting_[kFiles].add(std::move(file));
  if (waiting_[kFiles].rows == kMostChunkRows) write(kFiles);
}

void Writer::set_pairs(std::size_t count, const std::function<StoredPair(std::size_t)>& pair) {
  clear(kPairs);
  Waiting& waiting = waiting_[kPairs];
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto [number, line] = pair(i);
    bytes += line.size();
    waiting.numbers["numbers"].push_back(number);
    waiting.texts[kPairs].push_back(std::move(line));
    if (++waiting.rows == kMostChunkRows || bytes > kWideBytes) {
      write(kPairs);
      bytes = 0;
    }
  }
  write(kPairs);
}

void Writer::finish(const std::vector<std::string>& images, nlohmann::ordered_json run) {
  clear(kImages);
  Waiting& waiting = waiting_[kImages];
  for (const std::string& image : images) {
    waiting.texts["names"].push_back(image);
    if (++waiting.rows == kMostChunkRows) write(kImages);
  }
  write(kImages);
  Provenance provenance = read_provenance(folder_).value();
  provenance.run = std::move(run);
  write_provenance(folder_, provenance);
}

void Writer::flush() {
  for (const auto& [group, waiting] : waiting_) write(group);
  flushed_ = Clock::now();
}

void Writer::flush_if_due() {
  if (Clock::now() - flushed_ >= most_age_) flush();
}

void Writer::clear(const std::string& group) {
  const auto there = chunks_in(folder_)[group];
  for (const auto& [number, path] : there) remove_file(path, kStoreRole);
  next_chunk_[group] = 0;
}

void Writer::write(const std::string& group) {
  Waiting& waiting = waiting_[group];
  if (waiting.rows == 0) return;
  Chunk chunk;
  chunk.rows = std::exchange(waiting.rows, 0);
  waiting.items = 0;
  chunk.strings = std::exchange(waiting.texts, {});
  for (const auto& [name, numbers] : std::exchange(waiting.numbers, {})) {
    chunk.tensors[name] = at::tensor(numbers, at::kLong);
  }
  for (auto& [name, block] : waiting.blocks) {
    chunk.tensors[name] = block.rows();
    block.clear();
  }
  if (!next_chunk_.contains(group)) {
    const auto there = chunks_in(folder_)[group];
    const std::size_t free = there.empty() ? 0 : there.rbegin()->first + 1;
    next_chunk_[group] = (free + writers_.of - 1) / writers_.of * writers_.of + writers_.index;
  }
  const std::size_t number = std::exchange(next_chunk_[group], next_chunk_[group] + writers_.of);
  write_chunk(folder_ / chunk_name(group, number), chunk);
}

}  // namespace tise::store
