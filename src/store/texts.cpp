#include "tise/store/texts.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <numeric>
#include <utility>

#include "damaged.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unreadable(const fs::path& path) {
  throw InputError("store chunk " + path.string() + ": can't be read any more; run again");
}

/// Where the bytes of a column begin in its chunk file. LibTorch keeps each tensor as an uncompressed record,
/// under a number that the reader of the pickle doesn't pass on: the record is known by its content.
std::uint64_t offset_of(const fs::path& path, const at::Tensor& column) {
  try {
    caffe2::serialize::PyTorchStreamReader reader(path.string());
    for (const std::string& name : reader.getAllRecords()) {
      if (reader.getRecordSize(name) != column.nbytes()) continue;
      const auto [bytes, size] = reader.getRecord(name);
      if (std::memcmp(bytes.get(), column.const_data_ptr(), size) == 0) return reader.getRecordOffset(name);
    }
  } catch (const std::exception&) {  // LibTorch's, of a damaged file
  }
  refuse_chunk(path);
}

}  // namespace

void RowsOnDisk::append(const fs::path& chunk, const at::Tensor& column) {
  if (column.numel() == 0) return;
  const auto width = static_cast<std::size_t>(column.size(1));
  if (width_ != 0 && width != width_) {
    throw InputError("store chunk " + chunk.string() + ": its embeddings have " + std::to_string(width) +
                     " dimensions, those before it " + std::to_string(width_));
  }
  parts_.push_back({chunk, offset_of(chunk, column.contiguous()), size_});
  width_ = width;
  size_ += static_cast<std::size_t>(column.size(0));
}

at::Tensor RowsOnDisk::read(std::span<const std::size_t> rows) const {
  at::Tensor result =
      at::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(width_)}, at::kFloat);
  // By chunk, so that each file is opened once.
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows[a] < rows[b]; });
  const auto bytes = static_cast<std::streamsize>(width_ * sizeof(float));
  auto part = parts_.begin();
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // rows are far apart: nothing more is read than they are
  for (const std::size_t place : order) {
    const std::size_t row = rows[place];
    while (part + 1 != parts_.end() && (part + 1)->first_row <= row) {
      ++part;
      file.close();
    }
    if (!file.is_open()) file.open(part->path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(part->offset + (row - part->first_row) * width_ * sizeof(float)));
    file.read(reinterpret_cast<char*>(result.mutable_data_ptr<float>() + place * width_), bytes);
    if (!file) unreadable(part->path);
  }
  return result;
}

StringKey::StringKey(std::string_view string) : bits{} {
  const std::string hex = sha256_hex(string);
  constexpr std::size_t kDigits = 16;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    std::from_chars(hex.data() + i * kDigits, hex.data() + (i + 1) * kDigits, bits[i], 16);
  }
}

std::string tokens_key(const std::vector<std::int64_t>& tokens) {
  std::string key;
  for (const std::int64_t token : tokens) {
    if (!key.empty()) key += ' ';
    key += std::to_string(token);
  }
  return key;
}

std::optional<std::size_t> TextTable::row(std::string_view text) const {
  const auto found = row_of_text_.find(StringKey(text));
  if (found == row_of_text_.end() || found->second == kNotYet) return std::nullopt;
  return found->second;
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
    const Chunk chunk = read_chunk(path);
    const auto& texts = chunk.column("texts");
    const auto& tokens = chunk.column("tokens");
    const auto cut = chunk.bytes("cut", texts.size());
    const auto rows = chunk.int64s("rows", texts.size());
    const at::Tensor& column = chunk.tensor("embeddings");
    const auto is_there = [&](std::int64_t row) { return row < column.size(0); };
    if (tokens.size() != texts.size() || column.dim() != 2 || column.scalar_type() != at::kFloat ||
        !std::ranges::all_of(rows, is_there)) {
      refuse_chunk(path);
    }
    const std::size_t first = embeddings.size();
    embeddings.append(path, column);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const StringKey key(tokens[i]);
      if (cut[i] != 0) cut_.emplace(texts[i]);
      if (rows[i] >= 0) row_of_tokens_.emplace(key, first + static_cast<std::size_t>(rows[i]));
      const auto found = row_of_tokens_.find(key);
      if (found != row_of_tokens_.end()) {
        row_of_text_.emplace(StringKey(texts[i]), found->second);
      } else {
        aliases.emplace_back(StringKey(texts[i]), key);
      }
    }
  }
  for (const auto& [text, tokens] : aliases) {
    const auto found = row_of_tokens_.find(tokens);
    if (found != row_of_tokens_.end()) row_of_text_.emplace(text, found->second);
  }
}

}  // namespace tise::store
