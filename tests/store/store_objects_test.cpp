#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/stored.h"

namespace tise::store {
namespace {

/// Images with these numbers of objects. The score of an object is the number of its image.
ImageRows rows_with_objects(const std::vector<std::int64_t>& lengths, std::int64_t width,
                            double threshold = 0.5) {
  ImageRows rows{"crops", {}, {}, {}};
  std::vector<at::Tensor> scores;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    rows.files.push_back({"image" + std::to_string(i), {}, "hash"});
    scores.push_back(at::full({lengths[i]}, static_cast<float>(i)));
  }
  const auto images = static_cast<std::int64_t>(lengths.size());
  const at::Tensor all = at::cat(scores);
  rows.columns = {{"lengths", at::tensor(lengths, at::kLong)},
                  {"threshold", at::full({images}, threshold, at::kDouble)}};
  rows.items = {{"scores", all}, {"features", all.unsqueeze(1).repeat({1, width})}};
  return rows;
}

/// Each image's objects, over all chunks.
std::map<std::string, std::vector<float>> objects_by_image(const Reader& store) {
  std::map<std::string, std::vector<float>> objects;
  store.for_each_chunk("crops", {}, [&](std::size_t, const Chunk& chunk) {
    const auto* score = chunk.items("scores").const_data_ptr<float>();
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      const std::int64_t length = chunk.int64s("lengths")[row];
      objects[chunk.texts("names")[row]] = {score, score + length};
      score += length;
    }
    EXPECT_EQ(chunk.items("features").size(0), chunk.items("scores").size(0));
  });
  return objects;
}

TEST(StoreOfObjects, keeps_each_images_objects_together) {
  TestStore store;
  store.writer.add(rows_with_objects({2, 0, 3}, 4));
  store.writer.flush();
  const auto objects = objects_by_image(store.rows());
  EXPECT_EQ(objects.at("image0"), (std::vector<float>{0, 0}));
  EXPECT_TRUE(objects.at("image1").empty());
  EXPECT_EQ(objects.at("image2"), (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(store.rows().index("crops").at("image1").threshold, 0.5);
}

TEST(StoreOfObjects, has_rows_even_for_images_without_objects) {
  TestStore store;
  store.writer.add(rows_with_objects({0, 0}, 4));
  store.writer.flush();
  EXPECT_EQ(objects_by_image(store.rows()).size(), 2U);
}

TEST(StoreOfObjects, begins_a_new_chunk_before_one_grows_too_large) {
  TestStore store;
  // slightly over 1 MiB per object: 15 per chunk, and a crowd of 20 in a chunk of its own
  const std::int64_t width = (1 << 20) / 4;
  store.writer.add(rows_with_objects({10, 5, 3, 20, 1}, width));
  store.writer.flush();
  std::vector<std::int64_t> sizes;
  store.rows().for_each_chunk(
      "crops", {}, [&](std::size_t, const Chunk& chunk) { sizes.push_back(chunk.items("scores").size(0)); });
  EXPECT_THAT(sizes, ::testing::ElementsAre(15, 3, 20, 1));
  const auto objects = objects_by_image(store.rows());
  EXPECT_EQ(objects.at("image3"), std::vector<float>(20, 3.0F));
  EXPECT_EQ(objects.at("image4"), (std::vector<float>{4}));
}

TEST(StoreOfObjects, has_more_images_per_chunk_if_their_objects_are_small) {
  TestStore store;
  for (int i = 0; i < 30; ++i) store.writer.add(rows_with_objects(std::vector<std::int64_t>(100, 2), 19));
  store.writer.flush();
  std::vector<std::size_t> sizes;
  store.rows().for_each_chunk("crops", {},
                              [&](std::size_t, const Chunk& chunk) { sizes.push_back(chunk.rows); });
  EXPECT_THAT(sizes, ::testing::ElementsAre(3000));  // of 0.2 kB each
}

}  // namespace
}  // namespace tise::store
