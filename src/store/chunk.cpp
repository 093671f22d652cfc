#include "tise/store/chunk.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <string_view>
#include <utility>

#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

constexpr std::string_view kRole = "store chunk";

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& why) {
  throw InputError(std::string(kRole) + " " + path.string() + ": " + why + "; delete it and run again");
}

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
      damaged(chunk.path, "damaged: its lengths don't fit its rows");
    }
  }
}

}  // namespace

const at::Tensor& Chunk::tensor(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) damaged(path, "has no column \"" + name + "\"");
  return found->second;
}

const std::vector<std::string>& Chunk::column(const std::string& name) const {
  const auto found = strings.find(name);
  if (found == strings.end()) damaged(path, "has no column \"" + name + "\"");
  return found->second;
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
  const auto bytes = read_bytes(path, kRole);
  c10::IValue value;
  try {
    value = torch::jit::pickle_load(std::vector<char>(bytes.begin(), bytes.end()));
  } catch (const std::exception&) {
    damaged(path, "damaged");
  }
  if (!value.isTuple() || value.toTupleRef().size() % 2 != 0) damaged(path, "not a chunk");
  Chunk chunk;
  const auto& fields = value.toTupleRef().elements();
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    if (!fields[i].isString()) damaged(path, "not a chunk");
    const std::string& name = fields[i].toStringRef();
    if (fields[i + 1].isTensor()) {
      chunk.tensors[name] = fields[i + 1].toTensor();
    } else if (fields[i + 1].isTuple()) {
      chunk.strings[name] = strings_of(fields[i + 1]);
    } else {
      damaged(path, "not a chunk");
    }
  }
  chunk.path = path;
  check_lengths(chunk);
  return chunk;
}

}  // namespace tise::store
