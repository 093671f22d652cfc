#include "tise/store/chunk.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <c10/core/CPUAllocator.h>
#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/csrc/jit/serialization/unpickler.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "damaged.h"
#include "pickled.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"
#include "tise/base/zip.h"

namespace tise::store {
namespace {

constexpr std::string_view kRole = "store chunk";

/// LibTorch writes a tensor's whole storage: a view gets one of its own, with nothing in it but its rows.
at::Tensor with_own_storage(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  return whole.storage().nbytes() == whole.nbytes() ? whole : whole.clone();
}

c10::IValue tuple_of(const std::vector<std::string>& strings) {
  std::vector<c10::IValue> values(strings.begin(), strings.end());
  return c10::ivalue::Tuple::create(std::move(values));
}

std::vector<std::string> strings_of(const c10::IValue& tuple) {
  std::vector<std::string> strings;
  for (const c10::IValue& value : tuple.toTupleRef().elements()) strings.push_back(value.toStringRef());
  return strings;
}

/// A member of a chunk's zip file, in memory as LibTorch's tensors have it.
struct Record {
  at::DataPtr data;
  std::size_t size;
};

/// Throws std::exception where they aren't what the file's directory says. LibTorch's own reader of zip files
/// doesn't compare sums.
std::map<std::string, Record> read_records(const std::filesystem::path& path) {
  std::map<std::string, Record> records;
  // Nothing is compressed. visit_zip says it if the file can't be read.
  auto left = static_cast<std::int64_t>(size_of(path).value_or(0));
  visit_zip(path, kRole, [&](const std::string& name, std::int64_t claimed, const ByteSource& bytes) {
    if (claimed < 0 || claimed > left) throw std::runtime_error("longer than its file");
    left -= claimed;
    const auto size = static_cast<std::size_t>(claimed);
    Record record{c10::GetCPUAllocator()->allocate(size), size};
    char beyond = 0;
    if (bytes(static_cast<char*>(record.data.get()), size) != size || bytes(&beyond, 1) != 0) {
      throw std::runtime_error("not as long as it says");
    }
    records[name] = std::move(record);
  });
  return records;
}

/// The value, and how many bytes there are at the beginning of each tensor's storage.
struct Unpickled {
  c10::IValue value;
  std::map<const void*, std::size_t> storages;
};

Unpickled unpickled(std::map<std::string, Record> records) {
  const std::string folder = "archive/";
  const auto take = [&](const std::string& name) {
    auto record = records.extract(folder + name);
    if (record.empty()) throw std::runtime_error("has no " + name);
    return std::move(record.mapped());
  };
  const Record pickle = take("data.pkl");
  std::string_view rest(static_cast<const char*>(pickle.data.get()), pickle.size);
  if (!is_pickled_chunk(rest)) throw std::runtime_error("no pickle of a chunk");
  const auto read = [&](char* to, std::size_t size) {
    const std::size_t count = rest.copy(to, size);
    rest.remove_prefix(count);
    return count;
  };
  Unpickled result;
  const auto read_record = [&](const std::string& key) {
    Record record = take("data/" + key);
    result.storages[record.data.get()] = record.size;
    return std::move(record.data);
  };
  result.value = torch::jit::Unpickler(read, nullptr, nullptr, read_record, std::nullopt).parse_ivalue();
  return result;
}

/// Sizes, strides and the beginning of a tensor, and how long its storage is, are the file's own words:
/// whether they lie in what it brings.
bool is_sound(const at::Tensor& tensor, const std::map<const void*, std::size_t>& storages) {
  if (!tensor.defined() || !tensor.is_cpu() || tensor.layout() != at::kStrided || tensor.is_quantized())
    return false;
  std::size_t bytes = tensor.itemsize();
  for (const std::int64_t size : tensor.sizes()) {
    if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::size_t>(size), &bytes)) return false;
  }
  const std::int64_t first = tensor.storage_offset();
  std::size_t before = 0;
  const auto storage = storages.find(tensor.storage().data());
  const std::size_t there = storage == storages.end() ? 0 : storage->second;
  return first >= 0 && !__builtin_mul_overflow(tensor.itemsize(), static_cast<std::size_t>(first), &before) &&
         !__builtin_add_overflow(bytes, before, &bytes) && bytes <= there && tensor.is_contiguous();
}

/// Rows of images and of their items must be as many as the chunk says.
void check_lengths(const Chunk& chunk) {
  const auto lengths = chunk.tensors.find("lengths");
  if (lengths == chunk.tensors.end()) return;
  const auto images = static_cast<std::int64_t>(chunk.column("names").size());
  const at::Tensor& counts = lengths->second;
  const bool sound = counts.scalar_type() == at::kLong && counts.sizes() == at::IntArrayRef({images}) &&
                     (images == 0 || counts.min().item<std::int64_t>() >= 0);
  const std::int64_t items = sound ? counts.sum().item<std::int64_t>() : -1;
  for (const char* name : {"boxes", "labels", "scores", "features", "logits"}) {
    const auto column = chunk.tensors.find(name);
    if (column == chunk.tensors.end()) continue;
    if (column->second.dim() == 0 || column->second.size(0) != items) {
      refuse_chunk(chunk.path, "damaged: its lengths don't fit its rows");
    }
  }
}

template <typename Number>
std::span<const Number> numbers(const Chunk& chunk, const std::string& name, std::size_t rows,
                                at::ScalarType type) {
  const at::Tensor& tensor = chunk.tensor(name);
  const bool fits = tensor.scalar_type() == type && tensor.dim() == 1 && tensor.is_contiguous() &&
                    static_cast<std::size_t>(tensor.size(0)) == rows;
  if (!fits) refuse_chunk(chunk.path, "damaged: " + name);
  return {tensor.const_data_ptr<Number>(), rows};
}

}  // namespace

void refuse_chunk(const std::filesystem::path& path, const std::string& why) {
  throw InputError(std::string(kRole) + " " + path.string() + ": " + why + "; delete it and run again");
}

const at::Tensor& Chunk::tensor(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) refuse_chunk(path, "has no column \"" + name + "\"");
  return found->second;
}

const std::vector<std::string>& Chunk::column(const std::string& name) const {
  const auto found = strings.find(name);
  if (found == strings.end()) refuse_chunk(path, "has no column \"" + name + "\"");
  return found->second;
}

std::span<const std::int64_t> Chunk::int64s(const std::string& name, std::size_t rows) const {
  return numbers<std::int64_t>(*this, name, rows, at::kLong);
}

std::span<const std::uint8_t> Chunk::bytes(const std::string& name, std::size_t rows) const {
  return numbers<std::uint8_t>(*this, name, rows, at::kByte);
}

std::span<const double> Chunk::doubles(const std::string& name, std::size_t rows) const {
  return numbers<double>(*this, name, rows, at::kDouble);
}

void write_chunk(const std::filesystem::path& path, const Chunk& chunk) {
  std::vector<c10::IValue> fields;
  for (const auto& [name, tensor] : chunk.tensors) {
    fields.emplace_back(name);
    fields.emplace_back(with_own_storage(tensor));
  }
  for (const auto& [name, strings] : chunk.strings) {
    fields.emplace_back(name);
    fields.push_back(tuple_of(strings));
  }
  const std::vector<char> bytes = torch::jit::pickle_save(c10::ivalue::Tuple::create(std::move(fields)));
  write_atomically(path, kRole, std::string_view(bytes.data(), bytes.size()));
}

Chunk read_chunk(const std::filesystem::path& path) {
  Chunk chunk;
  chunk.path = path;
  try {
    const auto [value, storages] = unpickled(read_records(path));
    if (!value.isTuple() || value.toTupleRef().size() % 2 != 0) refuse_chunk(path, "not a chunk");
    const auto& fields = value.toTupleRef().elements();
    for (std::size_t i = 0; i < fields.size(); i += 2) {
      if (!fields[i].isString()) refuse_chunk(path, "not a chunk");
      const std::string& name = fields[i].toStringRef();
      if (fields[i + 1].isTensor()) {
        chunk.tensors[name] = fields[i + 1].toTensor();
        if (!is_sound(chunk.tensors[name], storages)) refuse_chunk(path, "damaged: " + name);
      } else if (fields[i + 1].isTuple()) {
        chunk.strings[name] = strings_of(fields[i + 1]);
      } else {
        refuse_chunk(path, "not a chunk");
      }
    }
    check_lengths(chunk);
  } catch (const InputError&) {
    throw;
  } catch (const std::exception&) {
    refuse_chunk(path, "damaged");
  }
  return chunk;
}

}  // namespace tise::store
