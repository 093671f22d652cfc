#include "tise/store/chunk.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import_read.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "damaged.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

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

/// Bytes in memory for LibTorch's reader of zip files, which asks for places that a damaged file names.
class Bytes : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit Bytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t place, void* to, std::size_t count, const char* /*what*/) const override {
    if (place >= bytes_.size()) return 0;
    const std::size_t there = std::min(count, bytes_.size() - static_cast<std::size_t>(place));
    std::memcpy(to, bytes_.data() + place, there);
    return there;
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

c10::IValue unpickled(std::vector<std::uint8_t> bytes) {
  caffe2::serialize::PyTorchStreamReader reader(std::make_shared<Bytes>(std::move(bytes)));
  return torch::jit::readArchiveAndTensors("data", "", "", std::nullopt, std::nullopt, std::nullopt, reader);
}

/// Sizes, strides and the beginning of a tensor are the file's own words: whether they lie in what it brings.
bool is_sound(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cpu() || tensor.layout() != at::kStrided || tensor.is_quantized())
    return false;
  std::size_t bytes = tensor.itemsize();
  for (const std::int64_t size : tensor.sizes()) {
    if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::size_t>(size), &bytes)) return false;
  }
  const std::int64_t first = tensor.storage_offset();
  std::size_t before = 0;
  return first >= 0 && !__builtin_mul_overflow(tensor.itemsize(), static_cast<std::size_t>(first), &before) &&
         !__builtin_add_overflow(bytes, before, &bytes) && bytes <= tensor.storage().nbytes() &&
         tensor.is_contiguous();
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
  auto bytes = read_bytes(path, kRole);
  Chunk chunk;
  chunk.path = path;
  try {
    const c10::IValue value = unpickled(std::move(bytes));
    if (!value.isTuple() || value.toTupleRef().size() % 2 != 0) refuse_chunk(path, "not a chunk");
    const auto& fields = value.toTupleRef().elements();
    for (std::size_t i = 0; i < fields.size(); i += 2) {
      if (!fields[i].isString()) refuse_chunk(path, "not a chunk");
      const std::string& name = fields[i].toStringRef();
      if (fields[i + 1].isTensor()) {
        chunk.tensors[name] = fields[i + 1].toTensor();
        if (!is_sound(chunk.tensors[name])) refuse_chunk(path, "damaged: " + name);
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
