#include "tise/store/chunk.h"

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

}  // namespace

const at::Tensor& Chunk::tensor(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw InputError(std::string(kRole) + " has no column \"" + name + "\"");
  return found->second;
}

const std::vector<std::string>& Chunk::column(const std::string& name) const {
  const auto found = strings.find(name);
  if (found == strings.end()) throw InputError(std::string(kRole) + " has no column \"" + name + "\"");
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
  return chunk;
}

}  // namespace tise::store
