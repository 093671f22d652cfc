#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/read_samples.h"
#include "tise/metrics/step.h"
#include "tise/store/detection_reader.h"
#include "tise/store/writer.h"

namespace tise::metrics {
namespace {

using ::testing::ElementsAre;

/// Rows of detections. Each image has a name and the labels of its objects; scores fall from 0.9 by 0.2.
store::ImageRows detected(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& images) {
  store::ImageRows rows{"detections", {}, {}, {}};
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

class ReadObjects : public ::testing::Test {
 protected:
  void write(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& images) {
    writer_.add(detected(images));
    writer_.flush();
  }
  store::Reader rows() const { return store::Reader({folder_ / "store"}); }
  /// The classes of each image's objects.
  std::vector<std::vector<std::int64_t>> classes(const std::vector<std::string>& images, double threshold) {
    std::vector<std::vector<std::int64_t>> seen(images.size());
    // Cats have label 1, dogs 3; label 2 is a gap.
    const Source source{"detections", threshold, {0, std::nullopt, 1}, 2};
    const GroupRows found = group_rows(rows(), source, images);
    found.visit({"classes"}, [&](const Rows& rows) {
      const auto* next = rows.at("classes").const_data_ptr<std::int64_t>();
      for (std::size_t i = 0; i < rows.images.size(); ++i) {
        EXPECT_EQ(rows.lengths[i], found.lengths[rows.images[i]]);
        seen[rows.images[i]].assign(next, next + rows.lengths[i]);
        next += rows.lengths[i];
      }
    });
    return seen;
  }

  testing::TempFolder folder_;
  store::Writer writer_{folder_ / "store", {}};
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

TEST(Source, of_another_threshold_has_another_name) {
  EXPECT_EQ((Source{.group = "clip"}).name(), "clip");
  EXPECT_EQ((Source{.group = "detections", .threshold = 0.5}).name(), "detections>=0.5");
  EXPECT_EQ((Source{.group = "detections@0.5"}).name(), "detections@0.5");  // of an archive of that name
  EXPECT_NE((Source{.group = "crops", .threshold = 0.5}).name(),
            (Source{.group = "crops", .threshold = 0.50000001}).name());
}

/// Adds a pair for each image, whose caption mentions a cat and asks for two.
void ask_for_two_cats(Samples& samples) {
  for (std::size_t image = 0; image < samples.images.size(); ++image) {
    SamplePair& pair = samples.pairs.emplace_back();
    pair.id = samples.images[image];
    pair.image = pair.caption = image;
    pair.objects = {0};
    pair.asked = {{0, 2.0}};
  }
}

TEST_F(ReadObjects, at_two_thresholds_are_two_groups_and_each_metric_reads_its_own) {
  write({{"a", {3, 1, 1}}, {"b", {1, 1}}, {"c", {}}});
  data::Dataset dataset;
  for (const char* name : {"a", "b", "c"}) dataset.images.push_back({name, name});
  Source low{"detections", 0.4, {0, std::nullopt, 1}, 2};
  Source high = low;
  high.threshold = 0.8;
  const auto read = [&](const std::vector<Source>& sources) {
    Samples samples = read_samples(rows(), dataset, {sources, {}, "", {"cat", "dog"}});
    ask_for_two_cats(samples);
    return samples;
  };
  const Samples both = read({low, high});
  EXPECT_EQ(both.groups.size(), 2U);
  const auto step = [](const Metric& metric, const Samples& samples, const Source& source) {
    static const Settings settings;
    return metric.start({.metric = metric.key,
                         .samples = samples,
                         .settings = settings,
                         .rows = &samples.groups.at(source.name()),
                         .column = "classes"});
  };
  const std::vector<Result> together =
      finish({step(*find_metric("SOA-I"), both, low), step(*find_metric("SOA-I"), both, high),
              step(*find_metric("CA"), both, low), step(*find_metric("CA"), both, high)});
  EXPECT_DOUBLE_EQ(*together[0].value, 2.0 / 3.0);              // cats in a and b
  EXPECT_DOUBLE_EQ(*together[1].value, 1.0 / 3.0);              // in b
  EXPECT_DOUBLE_EQ(*together[2].value, (0.0 + 0.0 + 2.0) / 3);  // cats: 2, 2, 0
  EXPECT_DOUBLE_EQ(*together[3].value, (2.0 + 1.0 + 2.0) / 3);  // 0, 1, 0
  for (std::size_t i = 0; i < together.size(); ++i) {
    const Source& source = i % 2 == 0 ? low : high;
    const Samples alone = read({source});
    const Result result =
        finish({step(i < 2 ? *find_metric("SOA-I") : *find_metric("CA"), alone, source)}).front();
    EXPECT_EQ(result.value, together[i].value);
    EXPECT_EQ(result.influence, together[i].influence);
  }
}

TEST_F(ReadObjects, of_crops_match_the_detections_at_their_threshold) {
  store::ImageRows crops = detected({{"a", {1, 1, 1}}, {"b", {1, 1}}});
  write({{"a", {1, 1, 1}}, {"b", {1, 1}}});
  crops.group = "crops";
  crops.columns.emplace_back("threshold", at::full({2}, 0.05, at::kDouble));
  crops.items.erase(crops.items.begin(), crops.items.begin() + 2);
  crops.items.emplace_back("logits", at::eye(5));
  writer_.add(std::move(crops));
  writer_.flush();
  data::Dataset dataset;
  for (const char* name : {"a", "b"}) dataset.images.push_back({name, name});
  const std::vector<Source> sources{{"detections", 0.4}, {"detections", 0.6}, {"crops", 0.4}, {"crops", 0.6}};
  const Samples samples = read_samples(rows(), dataset, {sources, {}, "", {}});
  Settings settings;
  settings.splits = 1;
  settings.object_temperature = 1.0;
  const auto step = [&](const Source& of_crops, const Source& of_objects) {
    return find_metric("O-IS")->start({.metric = "O-IS",
                                       .samples = samples,
                                       .settings = settings,
                                       .rows = &samples.groups.at(of_crops.name()),
                                       .column = "logits",
                                       .objects = &samples.groups.at(of_objects.name())});
  };
  const std::vector<Result> results = finish({step(sources[2], sources[0]), step(sources[3], sources[1])});
  EXPECT_EQ(results[0].n, 5U);
  EXPECT_EQ(results[1].n, 4U);
  EXPECT_EQ(results[1].details.at("empty"), 0);
  EXPECT_GT(*results[0].value, *results[1].value);  // of crops that are all different
}

TEST_F(ReadObjects, of_single_images_come_in_any_order) {
  write({{"a", {1, 3}}, {"b", {}}, {"c", {3}}});
  write({{"b", {2}}});
  store::DetectionReader reader(rows(), "detections");
  EXPECT_EQ(reader.read("c")->boxes[0][0].item<float>(), 8.0F);
  EXPECT_EQ(reader.read("a")->labels[1].item<std::int64_t>(), 3);
  EXPECT_EQ(reader.read("b")->labels[0].item<std::int64_t>(), 2);
  EXPECT_FALSE(reader.read("d"));
}

}  // namespace
}  // namespace tise::metrics
