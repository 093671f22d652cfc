#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>

#include <array>
#include <exception>
#include <fstream>

#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/base/json_text.h"
#include "tise/base/paths.h"
#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;
using caffe2::serialize::PyTorchStreamReader;

/// Completes "make the archive with"; null: any kind.
std::string made_with(const Kind* kind) {
  return kind == nullptr ? "an export script in scripts/" : std::string(kind->made_with);
}

void check_is_a_file(const fs::path& path) {
  const PathKind kind = as_model_error([&] { return kind_of(path, "model archive"); });
  if (kind == PathKind::kMissing) fail(path, "no such file");
  if (kind == PathKind::kFolder) fail(path, "is a folder");
  if (kind == PathKind::kFile && size_of(path) == 0U) fail(path, "empty file");
}

bool begins_like_a_zip(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  return file && magic == std::array<char, 4>{'P', 'K', 3, 4};
}

std::unique_ptr<PyTorchStreamReader> open_zip(const fs::path& path, const Kind* expected) {
  if (!begins_like_a_zip(path)) {
    fail(path, "not a TorchScript archive; make one with " + made_with(expected));
  }
  try {
    return std::make_unique<PyTorchStreamReader>(path.string());
  } catch (const std::exception& error) {
    const std::string why = one_line(error);
    if (why.find("central directory") != std::string::npos)
      fail(path, "truncated or damaged; download or export it again");
    fail(path, "not a TorchScript archive: " + why);
  }
}

std::string read_record(PyTorchStreamReader& zip, const fs::path& path, const std::string& name) {
  try {
    const auto [data, size] = zip.getRecord(name);
    return {static_cast<const char*>(data.get()), size};
  } catch (const std::exception& error) {
    fail(path, "damaged: " + name + ": " + one_line(error));
  }
}

constexpr const char* kCard = "extra/card.json";

}  // namespace

std::string hash_of_archive(const fs::path& path) {
  return as_model_error([&] { return sha256_file(path, "model archive"); });
}

void copy_with_card(const Archive& archive, const nlohmann::ordered_json& card, const fs::path& output) {
  const auto zip = open_zip(archive.path, archive.card.kind);
  write_atomically(output, "model archive", [&](const auto& write) {
    std::exception_ptr failure;  // LibTorch's writer also writes in its destructor, which must not throw
    const auto keep = [&](const void* data, std::size_t size) {
      try {
        if (!failure) write({static_cast<const char*>(data), size});
      } catch (...) {
        failure = std::current_exception();
      }
      return size;
    };
    caffe2::serialize::PyTorchStreamWriter copy(keep);
    for (const std::string& name : zip->getAllRecords()) {
      if (name == ".data/serialization_id") continue;  // the writer adds its own
      const std::string record = name == kCard ? json_text(card, 2) : read_record(*zip, archive.path, name);
      copy.writeRecord(name, record.data(), record.size());
    }
    copy.writeEndOfFile();
    if (failure) std::rethrow_exception(failure);
  });
}

bool has_card(const fs::path& path) {
  try {
    return PyTorchStreamReader(path.string()).hasRecord(kCard);
  } catch (const std::exception&) {
    return false;
  }
}

Archive open_archive(const fs::path& path, const Kind* expected, std::string sha256) {
  check_is_a_file(path);
  if (sha256.empty()) sha256 = known_hash_of(path);
  Archive archive{.path = path, .sha256 = std::move(sha256), .card = {}, .extra = {}};
  const auto zip = open_zip(path, expected);
  if (!zip->hasRecord(kCard)) {
    fail(path, "has no card.json; make the archive with " + made_with(expected));
  }
  if (!zip->hasRecord("constants.pkl")) fail(path, "has a card.json but no TorchScript network");
  archive.card = parse_card(read_record(*zip, path, kCard), "model archive " + path.string() + ": card.json");
  const Kind& kind = *archive.card.kind;
  if (expected != nullptr && &kind != expected) {
    fail(path, concat("holds a model of kind ", kind.name, "; expected ", expected->name));
  }
  for (const std::string& file : kind.extra_files) {
    if (!zip->hasRecord("extra/" + file))
      fail(path, concat("has no ", file, "; make the archive with ", kind.made_with));
    archive.extra[file] = read_record(*zip, path, "extra/" + file);
  }
  return archive;
}

}  // namespace tise::models
