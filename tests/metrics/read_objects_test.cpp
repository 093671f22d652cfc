#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/metrics/read_samples.h"
#include "tise/store/detection_reader.h"

namespace tise::metrics {
namespace {

using ::testing::ElementsAre;

/// Rows of detections: of each image, the labels of its objects, whose scores fall from 0.9 by 0.2.
pipeline::ImageRows detected(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& images) {
  pipeline::ImageRows rows{"detections", {}, {}, {}};
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> labels;
  std::vector<float> scores;
  for (const auto& [name, found] : images) {
    rows.files.push_back({name, {}, "hash"});
    lengths.push_back(static_cast<std::int64_t>(found.size()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      labels.push_back(found[i]);
      scores.push_back(0.9F - 0.2F * static_cast<float>(i));
    }
  }
  const auto count = static_cast<std::int64_t>(labels.size());
  rows.columns = {{"lengths", at::tensor(lengths, at::kLong)}};
  rows.items = {{"boxes", at::arange(4 * count).to(at::kFloat).reshape({count, 4})},
                {"labels", at::tensor(labels, at::kLong)},
                {"scores", at::tensor(scores, at::kFloat)}};
  return rows;
}

/// Label 2 is a gap.
Classes cats_and_dogs() { return {{"cat", "dog"}, {0, std::nullopt, 1}, {}}; }

class ReadObjects : public ::testing::Test {
 protected:
  void write(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& images) {
    store_.add(detected(images));
    store_.flush();
  }
  /// Of each image, its objects' classes.
  std::vector<std::vector<std::int64_t>> classes(const std::vector<std::string>& images, double threshold) {
    std::vector<std::vector<std::int64_t>> seen(images.size());
    const Objects found = objects(store_, "detections", images, threshold, cats_and_dogs());
    found.stream([&](const ObjectRows& rows) {
      const auto* next = rows.classes.const_data_ptr<std::int64_t>();
      for (std::size_t i = 0; i < rows.images.size(); ++i) {
        EXPECT_EQ(rows.counts[i], found.counts[rows.images[i]]);
        seen[rows.images[i]].assign(next, next + rows.counts[i]);
        next += rows.counts[i];
      }
    });
    return seen;
  }

  testing::TempFolder folder_;
  store::Store store_ = store::Store::open(folder_ / "store", {});
};

TEST_F(ReadObjects, come_with_their_classes_down_to_the_threshold) {
  write({{"a", {1, 3, 2, 1}}, {"b", {}}, {"c", {3}}});
  EXPECT_THAT(classes({"a", "b", "c"}, 0.05),
              ElementsAre(ElementsAre(0, 1, -1, 0), ElementsAre(), ElementsAre(1)));
  EXPECT_THAT(classes({"a", "b", "c"}, 0.6), ElementsAre(ElementsAre(0, 1), ElementsAre(), ElementsAre(1)));
  EXPECT_THAT(classes({"c", "a"}, 0.95), ElementsAre(ElementsAre(), ElementsAre()));
}

TEST_F(ReadObjects, the_last_row_of_an_image_counts) {
  write({{"a", {1, 1}}, {"b", {1}}});
  write({{"a", {3}}});
  EXPECT_THAT(classes({"a", "b"}, 0.5), ElementsAre(ElementsAre(1), ElementsAre(0)));
}

TEST_F(ReadObjects, of_an_image_without_a_row_are_an_error) {
  write({{"a", {1}}});
  EXPECT_THROW(classes({"a", "b"}, 0.5), InputError);
}

TEST_F(ReadObjects, of_single_images_come_in_any_order) {
  write({{"a", {1, 3}}, {"b", {}}, {"c", {3}}});
  write({{"b", {2}}});
  store::DetectionReader reader(store_);
  EXPECT_EQ(reader.read("c")->boxes[0][0].item<float>(), 8.0F);
  EXPECT_EQ(reader.read("a")->labels[1].item<std::int64_t>(), 3);
  EXPECT_EQ(reader.read("b")->labels[0].item<std::int64_t>(), 2);
  EXPECT_FALSE(reader.read("d"));
}

}  // namespace
}  // namespace tise::metrics
