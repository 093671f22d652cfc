#include "tise/store/texts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <numeric>
#include <utility>

#include "chunk_file.h"
#include "tise/base/error.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"

namespace tise::store {

namespace fs = std::filesystem;

std::string texts_of(const std::string& model) { return "texts@" + model; }

struct RowsOnDisk::Part {
  Part(const ChunkFile& chunk, const StoredTensor& embeddings, std::size_t first)
      : path(chunk.path()), column(embeddings), first_row(first) {}

  fs::path path;
  StoredTensor column;
  std::size_t first_row;
  std::once_flag checked;

  void open_into(std::optional<RandomAccessFile>& file) {
    try {
      file.emplace(path, kChunkRole);
    } catch (const InputError&) {
      throw InputError("store chunk " + path.string() + ": no longer readable; run the same command again");
    }
    std::call_once(checked, [&] {
      if (!is_intact(*file, column)) refuse_chunk(path, "damaged: embeddings");
    });
  }
};

std::size_t RowsOnDisk::append(const ChunkFile& chunk) {
  const StoredTensor* column = chunk.find("embeddings");
  if (column == nullptr || column->size == 0) return 0;
  if (column->type != at::kFloat || column->shape.size() != 2) refuse_chunk(chunk.path());
  const auto width = static_cast<std::size_t>(column->shape[1]);
  if (width_ != 0 && width != width_) {
    throw InputError("store chunk " + chunk.path().string() + ": its embeddings have " +
                     std::to_string(width) + " dimensions, those of earlier chunks " +
                     std::to_string(width_));
  }
  const auto rows = static_cast<std::size_t>(column->shape[0]);
  parts_.push_back(std::make_shared<Part>(chunk, *column, size_));
  width_ = width;
  size_ += rows;
  return rows;
}

at::Tensor RowsOnDisk::read(std::span<const std::size_t> rows) const {
  at::Tensor result =
      at::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(width_)}, at::kFloat);
  auto* const out = reinterpret_cast<char*>(result.mutable_data_ptr<float>());
  const std::size_t bytes = width_ * sizeof(float);
  // Sorted by chunk, so that each file is opened once.
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t place) { return rows[place]; });
  auto part = parts_.begin();
  std::optional<RandomAccessFile> file;
  for (std::size_t i = 0; i < order.size();) {
    const std::size_t row = rows[order[i]];
    while (part + 1 != parts_.end() && part[1]->first_row <= row) {
      ++part;
      file.reset();
    }
    if (!file) (*part)->open_into(file);
    const std::size_t end = part + 1 == parts_.end() ? size_ : part[1]->first_row;
    std::size_t run = 1;  // rows that are adjacent in both the file and the result are read together
    while (i + run < order.size() && order[i + run] == order[i] + run && rows[order[i + run]] == row + run &&
           row + run < end) {
      ++run;
    }
    const std::uint64_t begin = (*part)->column.begin + (row - (*part)->first_row) * bytes;
    if (!file->read(begin, {out + order[i] * bytes, run * bytes})) refuse_chunk((*part)->path);
    i += run;
  }
  return result;
}

StringKey::StringKey(std::string_view string) : bits{} {
  const Sha256 digest = sha256(string);
  std::memcpy(bits.data(), digest.data(), sizeof bits);
}

std::string tokens_key(const std::vector<std::int64_t>& tokens) {
  return joined(mapped(tokens, [](std::int64_t token) { return std::to_string(token); }), " ");
}

std::optional<std::size_t> TextTable::row(std::string_view text) const {
  const std::size_t* row = find_in(row_of_text_, StringKey(text));
  return row == nullptr || *row == kNotYet ? std::nullopt : std::optional(*row);
}

bool TextTable::note_text(std::string_view text) {
  return row_of_text_.emplace(StringKey(text), kNotYet).second;
}

bool TextTable::note_tokens(const std::vector<std::int64_t>& tokens) {
  return row_of_tokens_.emplace(StringKey(tokens_key(tokens)), kNotYet).second;
}

TextTable::TextTable(const std::vector<fs::path>& chunks) {
  std::vector<std::pair<StringKey, StringKey>> aliases;  // text, tokens
  for (const fs::path& path : chunks) {
    const ChunkFile file(path);
    const Chunk chunk = file.read({"texts", "tokens", "cut", "rows"});
    const auto& texts = chunk.texts("texts");
    const auto& tokens = chunk.texts("tokens");
    const auto cut = chunk.int64s("cut");
    const auto rows = chunk.int64s("rows");
    const std::size_t first = embeddings.size();
    const auto count = static_cast<std::int64_t>(embeddings.append(file));
    if (!std::ranges::all_of(rows, [&](std::int64_t row) { return row < count; })) refuse_chunk(path);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const StringKey key(tokens[i]);
      if (cut[i] != 0) cut_.emplace(texts[i]);
      if (rows[i] >= 0) row_of_tokens_.emplace(key, first + static_cast<std::size_t>(rows[i]));
      if (const std::size_t* row = find_in(row_of_tokens_, key)) {
        row_of_text_.emplace(StringKey(texts[i]), *row);
      } else {
        aliases.emplace_back(StringKey(texts[i]), key);
      }
    }
  }
  for (const auto& [text, tokens] : aliases) {
    if (const std::size_t* row = find_in(row_of_tokens_, tokens)) row_of_text_.emplace(text, *row);
  }
}

}  // namespace tise::store
