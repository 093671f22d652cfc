#include "tise/store/chunk.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "store/stored.h"
#include "support/chunks.h"
#include "support/pictures.h"
#include "tise/base/files.h"

namespace tise::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;
using testing::with_right_sums;
using testing::write_file;

/// A chunk with all kinds of columns.
Chunk chunk_of_all_kinds() {
  Chunk chunk;
  chunk.rows = 3;
  chunk.strings["names"] = {"a.png", "", "fenêtre/犬.png"};
  chunk.tensors["embeddings"] = at::arange(12).to(at::kFloat).view({3, 4});
  chunk.tensors["lengths"] = at::tensor(std::vector<std::int64_t>{2, 0, 1}, at::kLong);
  chunk.tensors["threshold"] = at::full({3}, 0.5, at::kDouble);
  chunk.tensors["scores"] = at::tensor({0.9F, 0.8F, 0.7F});
  return chunk;
}

class Chunks : public ::testing::Test {
 protected:
  /// The bytes of a chunk file.
  std::string written(const Chunk& chunk) const {
    write_chunk(path_, chunk);
    return read_text(path_, "chunk");
  }
  std::string refusal_of(const std::string& bytes) const {
    write_file(path_, bytes);
    return refusal([&] { read_chunk(path_); });
  }

  TempFolder folder_;
  const std::filesystem::path path_ = folder_ / "clip-000000.safetensors";
};

nlohmann::json header_in(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return nlohmann::json::parse(bytes.substr(sizeof length, length));
}

/// The bytes of a safetensors file with correct checksums, whatever its header.
std::string file_of(const nlohmann::json& header, const std::string& data) {
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  return with_right_sums(std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + data);
}

TEST_F(Chunks, read_back_as_they_were_written) {
  const Chunk chunk = chunk_of_all_kinds();
  write_chunk(path_, chunk);
  const Chunk read = read_chunk(path_);
  EXPECT_EQ(read.rows, 3U);
  EXPECT_EQ(read.strings, chunk.strings);
  EXPECT_EQ(read.tensors.size(), chunk.tensors.size());
  for (const auto& [name, tensor] : chunk.tensors) EXPECT_TRUE(at::equal(read.tensors.at(name), tensor));
  EXPECT_THAT(read.int64s("lengths"), ElementsAre(2, 0, 1));
  EXPECT_THAT(read.doubles("threshold"), ElementsAre(0.5, 0.5, 0.5));
  EXPECT_EQ(read.items("scores").size(0), 3);
}

TEST_F(Chunks, have_only_the_requested_columns) {
  write_chunk(path_, chunk_of_all_kinds());
  const Chunk read = read_chunk(path_, {"names", "scores", "no such column"});
  EXPECT_EQ(read.strings.size(), 1U);
  EXPECT_EQ(read.tensors.size(), 1U);
  EXPECT_THAT(refusal([&] { read.tensor("embeddings"); }), HasSubstr("has no column \"embeddings\""));
}

TEST_F(Chunks, are_damaged_by_a_change_of_any_bit) {
  const std::string whole = written(chunk_of_all_kinds());
  const std::string damaged = "store chunk " + path_.string() + ": damaged: ";
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](std::size_t place, int byte) {
    file.seekp(static_cast<std::streamoff>(place)).put(static_cast<char>(byte)).flush();
  };
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    put(bit / 8, whole[bit / 8] ^ (1 << (bit % 8)));
    const std::string said = refusal([&] { read_chunk(path_); });
    ASSERT_TRUE(said.starts_with(damaged) &&
                said.ends_with("; delete it and rerun the command that made the store"))
        << bit << said;
    put(bit / 8, whole[bit / 8]);
  }
  EXPECT_EQ(refusal([&] { read_chunk(path_); }), "read");
}

TEST_F(Chunks, are_damaged_by_fewer_bytes_or_more) {
  const std::string whole = written(chunk_of_all_kinds());
  for (std::size_t size = whole.size() + 8; size-- > 0;) {
    std::filesystem::resize_file(path_, size);
    const std::string said = refusal([&] { read_chunk(path_); });
    ASSERT_THAT(said, HasSubstr(size == whole.size() ? "read" : "damaged: ")) << size;
  }
}

TEST_F(Chunks, have_aligned_tensors_without_gaps) {
  const std::string bytes = written(chunk_of_all_kinds());
  const nlohmann::json header = header_in(bytes);
  EXPECT_EQ(header["__metadata__"]["format"], "tise-eval rows");
  EXPECT_EQ(header["__metadata__"]["rows"], "3");
  std::map<std::size_t, std::size_t> spans;
  const std::map<std::string, std::size_t> sizes{{"U8", 1}, {"F32", 4}, {"I64", 8}, {"F64", 8}};
  std::size_t data = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0];
    const std::size_t end = entry["data_offsets"][1];
    EXPECT_EQ(begin % sizes.at(entry["dtype"]), 0U) << name;
    spans[begin] = end;
    data = std::max(data, end);
  }
  EXPECT_EQ((bytes.size() - data) % 8, 0U);
  std::size_t place = 0;
  for (const auto& [begin, end] : spans) EXPECT_EQ(begin, std::exchange(place, end));
}

TEST_F(Chunks, of_another_program_are_refused) {
  const nlohmann::json tensor{{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {0, 4}}};
  const nlohmann::json ours{
      {"format", "tise-eval rows"}, {"rows", "1"}, {"crc32", "00000000"}, {"crc32.x", "00000000"}};
  EXPECT_EQ(refusal_of(file_of({{"__metadata__", ours}, {"x", tensor}}, "1234")), "read");
  EXPECT_THAT(refusal_of(file_of({{"x", tensor}}, "1234")), HasSubstr("damaged: header"));
  for (const auto& [key, value] : ours.items()) {
    nlohmann::json other = ours;
    other.erase(key);
    EXPECT_THAT(refusal_of(file_of({{"__metadata__", other}, {"x", tensor}}, "1234")),
                HasSubstr("damaged: "));
    other[key] = "pt";
    EXPECT_THAT(refusal_of(file_of({{"__metadata__", other}, {"x", tensor}}, "1234")),
                HasSubstr("damaged: "));
  }
}

/// Headers with correct checksums but impossible claims.
TEST_F(Chunks, that_claim_what_they_do_not_have_are_refused) {
  const nlohmann::json metadata{{"format", "tise-eval rows"},
                                {"rows", "1"},
                                {"crc32", "00000000"},
                                {"crc32.x", "00000000"},
                                {"crc32.y", "00000000"}};
  const auto said = [&](const nlohmann::json& tensors) {
    nlohmann::json header = tensors;
    header["__metadata__"] = metadata;
    return refusal_of(file_of(header, "12345678"));
  };
  const auto tensor = [](const nlohmann::json& shape, const nlohmann::json& offsets,
                         const char* type = "F32") {
    return nlohmann::json{{"dtype", type}, {"shape", shape}, {"data_offsets", offsets}};
  };
  EXPECT_EQ(said({{"x", tensor({1}, {0, 4})}, {"y", tensor({1}, {4, 8})}}), "read");
  EXPECT_EQ(said({{"x", tensor({2}, {0, 8})}, {"y", tensor({0, 7}, {8, 8})}}), "read");
  const std::uint64_t huge = std::uint64_t{1} << 62U;
  for (const nlohmann::json& tensors : std::vector<nlohmann::json>{
           {{"x", tensor({1}, {0, 4})}},                              // bytes after the tensor
           {{"x", tensor({1}, {4, 8})}},                              // bytes before the tensor
           {{"x", tensor({2}, {0, 8})}, {"y", tensor({1}, {4, 8})}},  // overlapping tensors
           {{"x", tensor({3}, {0, 12})}},                             // beyond the end
           {{"x", tensor({3}, {0, 8})}},                              // doesn't match the shape
           {{"x", tensor({2}, {8, 0})}},
           {{"x", tensor({-2}, {0, 8})}},
           {{"x", tensor({2.0}, {0, 8})}},
           {{"x", tensor({huge, 4, 2}, {0, 8})}},  // 2^65 numbers
           {{"x", tensor({2}, {0, 8})}, {"y", tensor({0, huge, huge}, {8, 8})}},
           {{"x", tensor({2}, {18446744073709551608ULL, 0})}},
           {{"x", tensor({4}, {0, 8}, "F16")}},
           {{"x", tensor({2}, {0})}},
           {{"x", {{"dtype", "F32"}, {"shape", {2}}}}},
           {{"x", 8}},
           {{"z", tensor({2}, {0, 8})}},  // no checksum for z
       }) {
    EXPECT_THAT(said(tensors),
                HasSubstr("damaged: not a chunk; delete it and rerun the command that made the store"))
        << tensors;
  }
}

TEST_F(Chunks, whose_texts_do_not_fit_their_offsets_are_refused) {
  for (const std::vector<std::int64_t>& offsets :
       std::vector<std::vector<std::int64_t>>{{0, 2, 4},
                                              {0, 5, 4},
                                              {0, 2, 3},
                                              {1, 2, 4},
                                              {-1, 2, 4},
                                              {0, 4},
                                              {0, 2, 3, 4},
                                              {0, 2, std::int64_t{1} << 62U}}) {
    Chunk chunk;
    chunk.rows = 2;
    chunk.tensors["names"] = at::full({4}, 'x', at::kByte);
    chunk.tensors["names.offsets"] = at::tensor(offsets, at::kLong);
    write_chunk(path_, chunk);
    const bool fits = offsets == std::vector<std::int64_t>{0, 2, 4};
    EXPECT_THAT(refusal([&] { read_chunk(path_); }), HasSubstr(fits ? "read" : "damaged: names"))
        << offsets.back();
  }
}

TEST_F(Chunks, whose_columns_are_of_another_kind_are_refused_when_they_are_used) {
  Chunk chunk = chunk_of_all_kinds();
  chunk.tensors["lengths"] = at::tensor(std::vector<std::int64_t>{2, 0, 9}, at::kLong);
  chunk.tensors["threshold"] = at::full({2}, 0.5, at::kDouble);
  chunk.tensors["embeddings"] = at::arange(3);
  write_chunk(path_, chunk);
  const Chunk read = read_chunk(path_);
  EXPECT_THAT(refusal([&] { read.items("scores"); }), HasSubstr("its lengths do not match its rows"));
  EXPECT_THAT(refusal([&] { read.doubles("threshold"); }), HasSubstr("damaged: threshold"));
  EXPECT_THAT(refusal([&] { read.tensor("embeddings"); }), HasSubstr("damaged: embeddings"));
}

TEST_F(Chunks, that_are_missing_are_not_damaged) {
  EXPECT_THAT(refusal([&] { read_chunk(path_); }), HasSubstr("clip-000000.safetensors: no such file"));
}

}  // namespace
}  // namespace tise::store
