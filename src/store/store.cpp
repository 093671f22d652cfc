#include "tise/store/store.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "provenance.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTexts = "texts";
constexpr const char* kPairs = "pairs";

at::Tensor int64_tensor(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

/// The tensors of at most `kChunkRows` samples in one.
at::Tensor joined(const std::vector<at::Tensor>& parts) {
  return parts.size() == 1 ? parts.front().contiguous() : at::cat(parts);
}

}  // namespace

std::string tokens_key(const std::vector<std::int64_t>& tokens) {
  std::string key;
  for (const std::int64_t token : tokens) {
    if (!key.empty()) key += ' ';
    key += std::to_string(token);
  }
  return key;
}

Store Store::open(const fs::path& folder, const Provenance& provenance) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    throw InputError("store " + folder.string() + ": " +
                     (error ? error.message() : "not a folder; --store takes a folder"));
  }
  const auto there = read_provenance(folder);
  if (!there && !fs::is_empty(folder)) {
    throw InputError("store " + folder.string() +
                     ": holds other files and no store.json; give an empty folder");
  }
  if (there) check_compatible(folder, *there, provenance);
  write_atomically(folder / "store.json", "store", to_text(there ? merged(*there, provenance) : provenance));
  return Store(folder);
}

std::vector<fs::path> Store::chunks(const std::string& group) const {
  const std::string prefix = "chunk-" + group + "-";
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && entry.path().extension() == ".pt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void Store::write(const std::string& group, const Chunk& chunk) {
  if (!next_chunk_.contains(group)) {
    const auto there = chunks(group);
    next_chunk_[group] =
        there.empty() ? 0 : std::stoul(there.back().stem().string().substr(group.size() + 7)) + 1;
  }
  char number[16];
  std::snprintf(number, sizeof number, "%06zu", next_chunk_[group]++);
  write_chunk(folder_ / ("chunk-" + group + "-" + number + ".pt"), chunk);
}

void Store::add(pipeline::ImageRows&& rows) {
  Pending& pending = pending_[rows.group];
  std::move(rows.files.begin(), rows.files.end(), std::back_inserter(pending.files));
  for (auto& [name, tensor] : rows.columns) {
    pending.bytes += tensor.nbytes();
    pending.columns[name].push_back(std::move(tensor));
  }
  if (pending.files.size() >= kChunkRows || pending.bytes >= kChunkBytes) {
    write_images(rows.group, std::exchange(pending, {}));
  }
}

void Store::write_images(const std::string& group, Pending&& pending) {
  if (pending.files.empty()) return;
  Chunk chunk;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> times;
  for (pipeline::FileIdentity& file : pending.files) {
    chunk.strings["names"].push_back(std::move(file.name));
    chunk.strings["sha256"].push_back(std::move(file.sha256));
    sizes.push_back(file.size);
    times.push_back(file.modified_ns);
  }
  chunk.tensors["sizes"] = int64_tensor(sizes);
  chunk.tensors["modified_ns"] = int64_tensor(times);
  for (const auto& [name, parts] : pending.columns) chunk.tensors[name] = joined(parts);
  write(group, chunk);
}

void Store::add(pipeline::TextRows&& rows) {
  for (std::size_t i = 0; i < rows.texts.size(); ++i) {
    pending_texts_.texts.push_back(std::move(rows.texts[i]));
    pending_texts_.tokens.push_back(tokens_key(rows.tokens[i]));
    pending_texts_.rows.push_back(pending_texts_.embedded++);
  }
  pending_texts_.embeddings.push_back(std::move(rows.embeddings));
  if (pending_texts_.texts.size() >= kChunkRows) write_texts(std::exchange(pending_texts_, {}));
}

void Store::add_alias(const std::string& text, const std::vector<std::int64_t>& tokens) {
  pending_texts_.texts.push_back(text);
  pending_texts_.tokens.push_back(tokens_key(tokens));
  pending_texts_.rows.push_back(-1);
}

void Store::write_texts(PendingTexts&& pending) {
  if (pending.texts.empty()) return;
  Chunk chunk;
  chunk.strings["texts"] = std::move(pending.texts);
  chunk.strings["tokens"] = std::move(pending.tokens);
  chunk.tensors["rows"] = int64_tensor(pending.rows);
  chunk.tensors["embeddings"] =
      pending.embeddings.empty() ? at::empty({0, 0}, at::kFloat) : joined(pending.embeddings);
  write(kTexts, chunk);
}

void Store::set_pairs(const std::vector<std::string>& pairs) {
  for (const fs::path& path : chunks(kPairs)) fs::remove(path);
  next_chunk_[kPairs] = 0;
  for (std::size_t begin = 0; begin < pairs.size(); begin += kChunkRows) {
    Chunk chunk;
    const auto first = pairs.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kChunkRows, pairs.size() - begin);
    chunk.strings["pairs"] = {first, first + static_cast<std::ptrdiff_t>(count)};
    write(kPairs, chunk);
  }
}

void Store::flush() {
  for (auto& [group, pending] : pending_) write_images(group, std::exchange(pending, {}));
  write_texts(std::exchange(pending_texts_, {}));
}

void Store::for_each_chunk(const std::string& group,
                           const std::function<void(std::size_t, const Chunk&)>& visit) const {
  std::size_t number = 0;
  for (const fs::path& path : chunks(group)) visit(number++, read_chunk(path));
}

std::unordered_map<std::string, RowPlace> Store::index(const std::string& group) const {
  std::unordered_map<std::string, RowPlace> places;
  for_each_chunk(group, [&](std::size_t number, const Chunk& chunk) {
    const auto& names = chunk.column("names");
    const auto& hashes = chunk.column("sha256");
    const auto* sizes = chunk.tensor("sizes").const_data_ptr<std::int64_t>();
    const auto* times = chunk.tensor("modified_ns").const_data_ptr<std::int64_t>();
    for (std::size_t row = 0; row < names.size(); ++row) {
      places[names[row]] = {number, row, sizes[row], times[row], hashes[row]};
    }
  });
  return places;
}

std::unordered_map<std::string, std::size_t> Store::token_rows() const {
  std::unordered_map<std::string, std::size_t> rows;
  for_each_chunk(kTexts, [&](std::size_t, const Chunk& chunk) {
    const auto& tokens = chunk.column("tokens");
    const auto* row = chunk.tensor("rows").const_data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (row[i] >= 0) rows.emplace(tokens[i], rows.size());
    }
  });
  return rows;
}

TextTable Store::texts() const {
  TextTable table;
  std::unordered_map<std::string, std::size_t> by_tokens;
  std::vector<std::pair<std::string, std::string>> texts;  // text, tokens
  std::vector<at::Tensor> parts;
  for_each_chunk(kTexts, [&](std::size_t, const Chunk& chunk) {
    const auto& tokens = chunk.column("tokens");
    const auto* row = chunk.tensor("rows").const_data_ptr<std::int64_t>();
    std::vector<std::int64_t> kept;
    const std::size_t known = by_tokens.size();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      texts.emplace_back(chunk.column("texts")[i], tokens[i]);
      if (row[i] >= 0 && by_tokens.emplace(tokens[i], known + kept.size()).second) kept.push_back(row[i]);
    }
    if (!kept.empty()) parts.push_back(chunk.tensor("embeddings").index_select(0, int64_tensor(kept)));
  });
  table.embeddings = parts.empty() ? at::empty({0, 0}, at::kFloat) : at::cat(parts);
  for (const auto& [text, tokens] : texts) {
    const auto found = by_tokens.find(tokens);
    if (found != by_tokens.end()) table.rows[text] = found->second;
  }
  return table;
}

}  // namespace tise::store
