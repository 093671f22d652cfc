// A chunk is a safetensors file (github.com/huggingface/safetensors): the header's length (8 bytes,
// little-endian), the header (JSON, padded with spaces so that the data begins at a multiple of 8), and the
// tensors' bytes without gaps. Wider types come first, so that each tensor is aligned. A column of texts is
// two tensors: `NAME`, the bytes of all texts, and `NAME.offsets`, [rows + 1]. The header's `__metadata__`
// contains the number of rows and the CRC-32 of each tensor (`crc32.NAME`) and of the header (`crc32`,
// computed with its own eight digits as 0).

#include "tise/store/chunk.h"

#include <ATen/ATen.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "chunk_file.h"
#include "tise/base/error.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"

namespace tise::store {
namespace {

static_assert(std::endian::native == std::endian::little);

namespace fs = std::filesystem;

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kFormat = "tise-eval rows";
constexpr const char* kOffsets = ".offsets";
constexpr std::string_view kSumKey = "\"crc32\":\"";
constexpr std::string_view kNoSum = "00000000";
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kAlignment = 8;
constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 20U;

using Type = std::pair<at::ScalarType, std::string_view>;
constexpr std::array<Type, 4> kTypes{
    {{at::kByte, "U8"}, {at::kLong, "I64"}, {at::kFloat, "F32"}, {at::kDouble, "F64"}}};

/// Continues a CRC-32, `before`, with more bytes.
uLong add_sum(uLong before, std::span<const char> bytes) {
  return ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::string hex_of(uLong sum) {
  std::array<char, kNoSum.size() + 1> text{};
  std::snprintf(text.data(), text.size(), "%08lx", sum);
  return text.data();
}

std::string sum_of(std::span<const char> bytes) { return hex_of(add_sum(0, bytes)); }

std::span<char> bytes_of(const at::Tensor& tensor) {
  return {static_cast<char*>(tensor.data_ptr()), tensor.nbytes()};
}

std::string_view view_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

/// Adds a column of texts to the tensors.
void add_texts(std::map<std::string, at::Tensor>& tensors, const std::string& name,
               const std::vector<std::string>& texts) {
  std::string bytes;
  std::vector<std::int64_t> offsets{0};
  for (const std::string& text : texts) {
    bytes += text;
    offsets.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  tensors[name] = at::tensor(at::ArrayRef(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  tensors[name + kOffsets] = at::tensor(offsets);
}

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

/// The header for these tensors, in this order.
std::string header_of(std::size_t rows, const Tensors& tensors) {
  nlohmann::ordered_json metadata{{"format", kFormat}, {"rows", std::to_string(rows)}, {"crc32", kNoSum}};
  nlohmann::ordered_json header{{kMetadata, nullptr}};
  std::size_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = std::exchange(end, end + tensor.nbytes());
    const auto* type = std::ranges::find(kTypes, tensor.scalar_type(), &Type::first);
    if (type == kTypes.end()) throw std::logic_error(name + ": unsupported column type");
    header[name] = {{"dtype", type->second}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
    metadata["crc32." + name] = sum_of(bytes_of(tensor));
  }
  header[kMetadata] = std::move(metadata);
  std::string text = json_text(header);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text.replace(text.find(kSumKey) + kSumKey.size(), kNoSum.size(), sum_of(text));
}

/// Whether a header matches its checksum.
bool has_its_sum(std::string header) {
  const std::size_t key = header.find(kSumKey);
  const std::size_t digits = key + kSumKey.size();
  if (key == std::string::npos || header.size() < digits + kNoSum.size()) return false;
  const std::string sum = header.substr(digits, kNoSum.size());
  return sum_of(header.replace(digits, kNoSum.size(), kNoSum)) == sum;
}

/// For an invalid header with a correct checksum: another program wrote it.
[[noreturn]] void not_a_chunk() { throw std::runtime_error("not a chunk"); }

std::uint64_t number_in(const nlohmann::json& json) {
  if (!json.is_number_unsigned()) not_a_chunk();
  return json.get<std::uint64_t>();
}

/// Parses a tensor's entry in a header. `data`: where the tensors' bytes begin in the file.
StoredTensor tensor_in(const nlohmann::json& entry, std::uint64_t data) {
  const auto type = std::ranges::find(kTypes, entry.at("dtype").get<std::string>(), &Type::second);
  if (type == kTypes.end()) not_a_chunk();
  StoredTensor tensor;
  tensor.type = type->first;
  tensor.begin = number_in(entry.at("data_offsets").at(0));
  tensor.size = c10::elementSize(tensor.type);
  std::int64_t most = 1;  // LibTorch may compute this product: it must not overflow
  for (const nlohmann::json& json : entry.at("shape")) {
    const std::uint64_t length = number_in(json);
    if (__builtin_mul_overflow(tensor.size, length, &tensor.size) ||
        __builtin_mul_overflow(most, std::max(length, std::uint64_t{1}), &most)) {
      not_a_chunk();
    }
    tensor.shape.push_back(static_cast<std::int64_t>(length));
  }
  std::uint64_t end = 0;
  if (__builtin_add_overflow(tensor.begin, tensor.size, &end) ||
      end != number_in(entry.at("data_offsets").at(1)) ||
      __builtin_add_overflow(tensor.begin, data, &tensor.begin)) {
    not_a_chunk();
  }
  return tensor;
}

}  // namespace

void refuse_chunk(const fs::path& path, const std::string& why) {
  throw InputError(std::string(kChunkRole) + " " + path.string() + ": " + why +
                   "; delete it and rerun the command that made the store");
}

bool is_intact(const RandomAccessFile& file, const StoredTensor& tensor) {
  std::array<char, std::size_t{1} << 16U> block;
  uLong sum = 0;
  for (std::uint64_t done = 0; done < tensor.size;) {
    const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), tensor.size - done));
    if (!file.read(tensor.begin + done, part)) return false;
    sum = add_sum(sum, part);
    done += part.size();
  }
  return hex_of(sum) == tensor.crc32;
}

const at::Tensor& Chunk::column(const std::string& name, at::ScalarType type, std::size_t length) const {
  const at::Tensor* tensor = find_in(tensors, name);
  if (tensor == nullptr) refuse_chunk(path, "has no column \"" + name + "\"");
  const bool fits = tensor->scalar_type() == type && tensor->dim() > 0 && tensor->is_contiguous() &&
                    static_cast<std::size_t>(tensor->size(0)) == length;
  if (!fits) refuse_chunk(path, "damaged: " + name);
  return *tensor;
}

const at::Tensor& Chunk::tensor(const std::string& name) const { return column(name, at::kFloat, rows); }

const at::Tensor& Chunk::items(const std::string& name, at::ScalarType type) const {
  const auto fail = [&] { refuse_chunk(path, "damaged: its lengths do not match its rows"); };
  const at::Tensor* tensor = find_in(tensors, name);
  std::int64_t left = tensor == nullptr || tensor->dim() == 0 ? 0 : tensor->size(0);
  const auto count = static_cast<std::size_t>(left);
  for (const std::int64_t length : int64s("lengths")) {
    if (length < 0 || length > left) fail();
    left -= length;
  }
  if (left != 0) fail();
  return column(name, type, count);
}

const std::vector<std::string>& Chunk::texts(const std::string& name) const {
  const std::vector<std::string>* column = find_in(strings, name);
  if (column == nullptr) refuse_chunk(path, "has no column \"" + name + "\"");
  return *column;
}

std::span<const std::int64_t> Chunk::int64s(const std::string& name) const {
  const at::Tensor& tensor = column(name, at::kLong, rows);
  if (tensor.dim() != 1) refuse_chunk(path, "damaged: " + name);
  return {tensor.const_data_ptr<std::int64_t>(), rows};
}

std::span<const double> Chunk::doubles(const std::string& name) const {
  const at::Tensor& tensor = column(name, at::kDouble, rows);
  if (tensor.dim() != 1) refuse_chunk(path, "damaged: " + name);
  return {tensor.const_data_ptr<double>(), rows};
}

void write_chunk(const fs::path& path, const Chunk& chunk) {
  std::map<std::string, at::Tensor> by_name;
  for (const auto& [name, tensor] : chunk.tensors) by_name[name] = tensor.contiguous();
  for (const auto& [name, texts] : chunk.strings) add_texts(by_name, name, texts);
  Tensors tensors(by_name.begin(), by_name.end());
  std::ranges::stable_sort(tensors, std::ranges::greater(),
                           [](const auto& named) { return named.second.itemsize(); });
  const std::string header = header_of(chunk.rows, tensors);
  const std::uint64_t length = header.size();
  write_atomically(path, kChunkRole, [&](const auto& write) {
    write({reinterpret_cast<const char*>(&length), kLengthBytes});
    write(header);
    for (const auto& [name, tensor] : tensors) write(view_of(bytes_of(tensor)));
  });
}

Chunk read_chunk(const fs::path& path, const std::vector<std::string>& columns) {
  return ChunkFile(path).read(columns);
}

ChunkFile::ChunkFile(const fs::path& path) : path_(path), file_(path, kChunkRole) {
  std::uint64_t length = 0;
  const auto fail = [&] { refuse_chunk(path, "damaged: header"); };
  if (!file_.read(0, {reinterpret_cast<char*>(&length), kLengthBytes}) || length > kLongestHeader) fail();
  std::string header(length, '\0');
  if (!file_.read(kLengthBytes, header) || !has_its_sum(header)) fail();
  try {
    parse(header);
  } catch (const std::exception&) {
    refuse_chunk(path, "damaged: not a chunk");
  }
}

void ChunkFile::parse(std::string_view text) {
  const auto header = json_or_discarded(text);
  const nlohmann::json& metadata = header.at(kMetadata);
  const auto rows = metadata.at("rows").get<std::string>();
  const auto [end, error] = std::from_chars(rows.data(), rows.data() + rows.size(), rows_);
  const bool is_number = error == std::errc() && end == rows.data() + rows.size();
  if (metadata.at("format") != kFormat || !is_number || rows_ > file_.size()) not_a_chunk();
  std::uint64_t place = kLengthBytes + text.size();
  if (place % kAlignment != 0) not_a_chunk();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;  // begin, size
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) continue;
    StoredTensor tensor = tensor_in(entry, kLengthBytes + text.size());
    tensor.crc32 = metadata.at("crc32." + name).get<std::string>();
    spans.emplace_back(tensor.begin, tensor.size);
    tensors_.emplace(name, std::move(tensor));
  }
  std::ranges::sort(spans);
  for (const auto& [begin, size] : spans) {
    if (begin != place || __builtin_add_overflow(place, size, &place)) not_a_chunk();
  }
  if (place != file_.size()) not_a_chunk();
}

const StoredTensor* ChunkFile::find(const std::string& name) const { return find_in(tensors_, name); }

Chunk ChunkFile::read(const std::vector<std::string>& columns) const {
  Chunk chunk;
  chunk.rows = rows_;
  chunk.path = path_;
  for (const auto& [name, stored] : tensors_) {
    const bool is_wanted = columns.empty() || std::ranges::find(columns, name) != columns.end();
    if (!is_wanted || name.ends_with(kOffsets)) continue;
    at::Tensor tensor = read(name, stored);
    if (const StoredTensor* offsets = find(name + kOffsets)) {
      chunk.strings[name] = read_texts(name, tensor, *offsets);
    } else {
      chunk.tensors[name] = std::move(tensor);
    }
  }
  return chunk;
}

at::Tensor ChunkFile::read(const std::string& name, const StoredTensor& stored) const {
  at::Tensor tensor = at::empty(stored.shape, stored.type);
  const std::span<char> bytes = bytes_of(tensor);
  if (!file_.read(stored.begin, bytes) || sum_of(bytes) != stored.crc32) {
    refuse_chunk(path_, "damaged: " + name);
  }
  return tensor;
}

std::vector<std::string> ChunkFile::read_texts(const std::string& name, const at::Tensor& bytes,
                                               const StoredTensor& stored) const {
  const at::Tensor tensor = read(name + kOffsets, stored);
  const std::string_view text = view_of(bytes_of(bytes));
  const auto fail = [&] { refuse_chunk(path_, "damaged: " + name); };
  if (bytes.scalar_type() != at::kByte || tensor.scalar_type() != at::kLong || tensor.dim() != 1 ||
      rows_ + 1 != static_cast<std::size_t>(tensor.size(0))) {
    fail();
  }
  const std::span<const std::int64_t> offsets(tensor.const_data_ptr<std::int64_t>(), rows_ + 1);
  const bool ascend = std::ranges::is_sorted(offsets) && offsets.front() == 0 &&
                      offsets.back() == static_cast<std::int64_t>(text.size());
  if (!ascend) fail();
  std::vector<std::string> texts;
  texts.reserve(rows_);
  for (std::size_t row = 0; row < rows_; ++row) {
    const auto begin = static_cast<std::size_t>(offsets[row]);
    texts.emplace_back(text.substr(begin, static_cast<std::size_t>(offsets[row + 1]) - begin));
  }
  return texts;
}

}  // namespace tise::store
