#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metrics/samples_of.h"
#include "tise/metrics/frechet.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::golden_rows;

/// What an image shows: a class for each detection, -1 for a label that is not a class.
using Shown = std::vector<std::int64_t>;

/// Images with detections, one image per chunk; the classes are cat, dog and bird.
Samples images_showing(const std::vector<Shown>& images) {
  Samples samples;
  samples.classes = {"cat", "dog", "bird"};
  samples.images = testing::names_of(static_cast<std::int64_t>(images.size()));
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> classes;
  for (const Shown& shown : images) {
    lengths.push_back(static_cast<std::int64_t>(shown.size()));
    classes.insert(classes.end(), shown.begin(), shown.end());
  }
  samples.groups["detector"] =
      testing::group_of({{"classes", torch::tensor(classes, at::kLong)}}, {.chunk = 1}, lengths);
  return samples;
}

SamplePair& add_pair(Samples& samples, std::size_t image) {
  SamplePair pair;
  pair.id = "pair " + std::to_string(samples.pairs.size());
  pair.image = image;
  samples.pairs.push_back(pair);
  return samples.pairs.back();
}

constexpr std::size_t kCat = 0;
constexpr std::size_t kDog = 1;
constexpr std::size_t kBird = 2;

TEST(SemanticObjectAccuracy, is_a_mean_over_classes_or_over_pairs_and_classes) {
  Samples samples = images_showing({{kCat}, {kDog}, {}, {kCat, kCat}});
  add_pair(samples, 0).objects = {kCat};        // found
  add_pair(samples, 1).objects = {kCat, kDog};  // dog found
  add_pair(samples, 2).objects = {kCat};        // no detection: a miss
  add_pair(samples, 3).objects = {kCat};        // found; twice is once
  const Result by_class = compute("SOA-C", samples);
  EXPECT_DOUBLE_EQ(by_class.value.value(), (2.0 / 4.0 + 1.0 / 1.0) / 2.0);
  EXPECT_DOUBLE_EQ(compute("SOA-I", samples).value.value(), 3.0 / 5.0);
  EXPECT_EQ(by_class.n, 4U);
  EXPECT_EQ(by_class.details["classes"]["cat"]["N"], 4);
  EXPECT_EQ(by_class.details["classes"]["cat"]["k"], 2);
  EXPECT_FALSE(by_class.details["classes"].contains("bird"));  // never mentioned
  EXPECT_FALSE(by_class.details.contains("top40"));
  EXPECT_EQ(by_class.pair_scores[1], 0.5);
}

TEST(SemanticObjectAccuracy, of_cocos_eighty_classes_has_the_more_and_the_less_frequent_half) {
  Samples samples = images_showing({{0}, {0}, {79}});
  samples.classes.clear();
  for (int i = 0; i < 80; ++i) samples.classes.push_back("class " + std::to_string(i));
  for (std::size_t i = 0; i < 40; ++i) {
    add_pair(samples, 0).objects = {i};
    add_pair(samples, 1).objects = {i};
  }
  add_pair(samples, 2).objects = {78, 79};
  const Result result = compute("SOA-C", samples);
  EXPECT_DOUBLE_EQ(result.details["top40"].get<double>(), 1.0 / 40.0);
  EXPECT_DOUBLE_EQ(result.details["bottom40"].get<double>(), 1.0 / 2.0);  // two of them are mentioned
  const Result images = compute("SOA-I", samples);
  EXPECT_DOUBLE_EQ(images.details["top40"].get<double>(), 2.0 / 80.0);
  EXPECT_DOUBLE_EQ(images.details["bottom40"].get<double>(), 1.0 / 2.0);
}

TEST(SemanticObjectAccuracy, of_the_tise_protocol_leaves_out_images_without_any_detection) {
  Samples samples = images_showing({{kCat}, {kDog}, {}, {-1}});
  add_pair(samples, 0).objects = {kCat};   // found
  add_pair(samples, 1).objects = {kCat};   // not found, but something is
  add_pair(samples, 2).objects = {kCat};   // nothing: left out
  add_pair(samples, 3).objects = {kCat};   // something, of no class
  add_pair(samples, 2).objects = {kBird};  // the only bird is left out: 0 of 0 counts as 0
  const Settings tise = testing::tise_protocol();
  const Result by_class = compute("SOA-C", samples, tise);
  EXPECT_DOUBLE_EQ(by_class.value.value(), (1.0 / 3.0 + 0.0) / 2.0);
  EXPECT_DOUBLE_EQ(compute("SOA-I", samples, tise).value.value(), 1.0 / 3.0);
  EXPECT_EQ(by_class.n, 3U);
  EXPECT_EQ(by_class.details["left_out"], 2);
  EXPECT_EQ(by_class.details["classes"]["bird"]["N"], 0);
  EXPECT_FALSE(by_class.pair_scores[2]);
  Samples blank = images_showing({{}, {}});
  add_pair(blank, 0).objects = {kCat};
  EXPECT_EQ(compute("SOA-C", blank, tise).reason, "nothing is detected in any image");
}

TEST(SemanticObjectAccuracy, takes_the_first_of_equally_frequent_classes_for_rarer) {
  Samples samples = images_showing({{0, 40}});
  samples.classes.clear();
  for (int i = 0; i < 80; ++i) samples.classes.push_back("class " + std::to_string(i));
  for (std::size_t i = 0; i < 80; ++i) add_pair(samples, 0).objects = {i};
  samples.pairs[40].objects = {
      40, 1};  // class 1 twice: the most frequent; class 40 is then the 39th of the others
  for (const Settings& settings : {Settings{}, testing::tise_protocol()}) {
    const Result result = compute("SOA-C", samples, settings);
    // Rarest first: 0, 2, 3, …, 40 | 41, …, 79, 1.
    EXPECT_DOUBLE_EQ(result.details["bottom40"].get<double>(), 2.0 / 40.0);
    EXPECT_DOUBLE_EQ(result.details["top40"].get<double>(), 0.0);
  }
}

TEST(SemanticObjectAccuracy, pairs_may_share_an_image_and_detections_may_have_no_class) {
  Samples samples = images_showing({{-1, kDog}});
  add_pair(samples, 0).objects = {kDog};
  add_pair(samples, 0).objects = {kBird};
  EXPECT_DOUBLE_EQ(compute("SOA-C", samples).value.value(), 0.5);
}

TEST(SemanticObjectAccuracy, without_a_mentioned_class_is_undefined) {
  Samples samples = images_showing({{kCat}});
  add_pair(samples, 0);
  EXPECT_THAT(compute("SOA-C", samples).reason, ::testing::HasSubstr("no caption mentions"));
  add_pair(samples, 0).objects = {kCat};
  samples.pairs.back().metrics = {"PA"};  // used by another metric only
  EXPECT_FALSE(compute("SOA-I", samples).value);
}

TEST(CountingAlignment, is_the_mean_of_the_pairs_root_mean_squared_errors) {
  Samples samples = images_showing({{kCat, kCat, kDog}, {kDog}, {}});
  add_pair(samples, 0).asked = {{kCat, 2}, {kDog, 3}};  // sqrt((0 + 4) / 2)
  add_pair(samples, 1).asked = {{kDog, 1}};             // 0
  add_pair(samples, 2).asked = {{kBird, 4}};            // 4: nothing detected
  add_pair(samples, 2);                                 // asks for nothing: not counted
  const Result result = compute("CA", samples);
  EXPECT_DOUBLE_EQ(result.value.value(), (std::sqrt(2.0) + 0.0 + 4.0) / 3.0);
  EXPECT_EQ(result.n, 3U);
  EXPECT_DOUBLE_EQ(result.details["by_class"]["dog"]["value"].get<double>(), std::sqrt(4.0 / 2.0));
  EXPECT_DOUBLE_EQ(result.details["by_number"]["4"]["value"].get<double>(), 4.0);
  EXPECT_EQ(result.details["by_number"]["3"]["n"], 1);
  EXPECT_FALSE(result.pair_scores[3]);
}

TEST(SemanticObjectAccuracy, leaves_out_and_reports_classes_that_the_detector_does_not_know) {
  Samples samples = images_showing({{kCat}, {}, {kCat}});
  samples.groups["detector"].unknown_classes = {kDog};
  add_pair(samples, 0).objects = {kCat, kDog};
  add_pair(samples, 1).objects = {kCat};
  add_pair(samples, 2).objects = {kDog};
  for (const char* key : {"SOA-C", "SOA-I"}) {
    const Result result = compute(key, samples);
    EXPECT_DOUBLE_EQ(result.value.value(), 0.5) << key;
    EXPECT_EQ(result.n, 2U) << key;
    EXPECT_DOUBLE_EQ(result.pair_scores[0].value(), 1.0) << key;
    EXPECT_FALSE(result.pair_scores[2]) << key;
    EXPECT_FALSE(result.details["classes"].contains("dog")) << key;
    EXPECT_EQ(result.details["unknown_to_detector"], 2) << key;
    EXPECT_THAT(result.warnings, ::testing::ElementsAre("2 mentioned objects are unknown to the detector"))
        << key;
  }
  samples.pairs = {samples.pairs[2]};
  EXPECT_THAT(compute("SOA-C", samples).reason, ::testing::HasSubstr("the detector knows"));
}

TEST(CountingAlignment, leaves_out_and_reports_classes_that_the_detector_does_not_know) {
  Samples samples = images_showing({{kCat}});
  samples.groups["detector"].unknown_classes = {kDog};
  add_pair(samples, 0).asked = {{kCat, 2}, {kDog, 7}};
  const Result result = compute("CA", samples);
  EXPECT_DOUBLE_EQ(result.value.value(), 1.0);
  EXPECT_EQ(result.details["unknown_to_counter"], 1);
}

TEST(CountingAlignment, asking_for_zero_counts_like_any_number) {
  Samples samples = images_showing({{kCat, kCat}, {}});
  add_pair(samples, 0).asked = {{kCat, 0}};
  add_pair(samples, 1).asked = {{kCat, 0}};
  const Result result = compute("CA", samples);
  EXPECT_DOUBLE_EQ(result.value.value(), 1.0);
  EXPECT_DOUBLE_EQ(result.details["by_number"]["0"]["value"].get<double>(), std::sqrt(2.0));
}

TEST(CountingAlignment, takes_a_counters_numbers_if_there_is_a_counter) {
  Samples samples = images_showing({{kCat}});
  const float unknown = std::numeric_limits<float>::quiet_NaN();
  samples.groups["counts"] = testing::group_of({{"counts", torch::tensor({{2.5F, unknown, 0.0F}})}});
  add_pair(samples, 0).asked = {{kCat, 2}, {kDog, 7}};
  const Result result = compute("CA", samples);
  EXPECT_DOUBLE_EQ(result.value.value(), 0.5);
  EXPECT_EQ(result.details["unknown_to_counter"], 1);
  EXPECT_EQ(result.warnings.size(), 1U);
  const Result tise = compute("CA", samples, testing::tise_protocol());
  EXPECT_DOUBLE_EQ(tise.value.value(), std::sqrt((0.25 + 49.0) / 2.0));  // none of the dogs
  samples.pairs[0].asked = {{kDog, 7}};
  EXPECT_THAT(compute("CA", samples).reason, ::testing::HasSubstr("the counter knows none"));
}

TEST(CountingAlignment, without_numbers_is_undefined) {
  Samples samples = images_showing({{kCat}});
  add_pair(samples, 0);
  EXPECT_FALSE(compute("CA", samples).value);
  EXPECT_EQ(compute("CA", images_showing({})).reason, "no pairs");
}

/// Images whose crops have these rows; image i has counts[i] of them. One image per chunk, shuffled.
Samples images_with_crops(const at::Tensor& features, const at::Tensor& logits,
                          const std::vector<std::int64_t>& counts) {
  Samples samples;
  samples.images = testing::names_of(static_cast<std::int64_t>(counts.size()));
  samples.groups["objects"] =
      testing::group_of({{"features", features}, {"logits", logits}}, {.chunk = 1, .shuffle = 1}, counts);
  samples.groups["detector"].lengths.assign(counts.begin(), counts.end());
  samples.groups["detector"].lengths[0] += 2;  // objects that cover no pixel
  return samples;
}

const std::vector<std::int64_t> kCropsOfImages{3, 0, 1, 20, 2, 4};  // 30

Settings at_temperature(double temperature) {
  Settings settings;
  settings.object_temperature = temperature;
  return settings;
}

TEST(ObjectInceptionScore, is_the_inception_score_with_crops_as_images) {
  const at::Tensor logits = golden_rows(8, 30, 6) * 4;
  Settings settings = at_temperature(1.7);
  settings.temperature = 1.7;
  const Result objects = compute("O-IS", images_with_crops(logits, logits, kCropsOfImages), settings);
  const Samples images = testing::images_with_logits(logits);
  const Result expected = compute("IS*", images, settings);
  EXPECT_NEAR(objects.value.value(), expected.value.value(), 1e-12);
  EXPECT_NEAR(objects.details["whole_set"].get<double>(), expected.details["whole_set"].get<double>(), 1e-12);
  EXPECT_EQ(objects.n, 30U);
  EXPECT_EQ(objects.details["images"], 6);
  EXPECT_EQ(objects.details["empty"], 2);
}

TEST(ObjectInceptionScore, of_the_tise_protocol_cuts_equal_splits_and_drops_the_rest) {
  const at::Tensor logits = golden_rows(8, 30, 6) * 4;
  Settings settings = testing::tise_protocol();
  settings.object_temperature = 1.7;
  settings.splits = 4;
  const Result result = compute("O-IS", images_with_crops(logits, logits, kCropsOfImages), settings);
  double sum = 0;
  for (std::int64_t split = 0; split < 4; ++split) {
    const at::Tensor p = at::softmax(logits.slice(0, 7 * split, 7 * split + 7).to(at::kDouble) / 1.7, 1);
    const at::Tensor divergence = (p * (p.log() - p.mean(0).log())).sum(1);
    sum += divergence.mean().exp().item<double>();
  }
  EXPECT_NEAR(result.value.value(), sum / 4, 1e-12);
  EXPECT_EQ(result.n, 28U);
  EXPECT_EQ(result.details["dropped"], 2);
  EXPECT_FALSE(result.details.contains("seed"));
}

TEST(ObjectInceptionScore, of_fewer_crops_than_splits_or_without_a_temperature_is_undefined) {
  const at::Tensor logits = golden_rows(8, 30, 6);
  const Samples none = images_with_crops(logits.slice(0, 0, 0), logits.slice(0, 0, 0), {0, 0});
  EXPECT_EQ(compute("O-IS", none, at_temperature(1)).reason, "0 crops: 10 splits need at least 10");
  const Samples one = images_with_crops(logits.slice(0, 0, 1), logits.slice(0, 0, 1), {0, 1});
  EXPECT_EQ(compute("O-IS", one, at_temperature(1)).reason, "1 crop: 10 splits need at least 10");
  EXPECT_THAT(compute("O-IS", images_with_crops(logits, logits, kCropsOfImages)).reason,
              ::testing::HasSubstr("--object-temperature"));
}

TEST(ObjectFid, is_fid_with_crops_as_images) {
  const at::Tensor features = golden_rows(9, 30, 5);
  MomentsAccumulator accumulator;
  accumulator.add(golden_rows(10, 40, 5) + 0.5);
  const RealFeatures real{accumulator.moments(), true};
  const Result objects = compute("O-FID", images_with_crops(features, features, kCropsOfImages), {}, &real);
  MomentsAccumulator evaluated;
  evaluated.add(features);
  EXPECT_NEAR(objects.value.value(), frechet_distance(evaluated.moments(), accumulator.moments()), 1e-10);
  EXPECT_EQ(objects.n, 30U);
  EXPECT_EQ(objects.details["n_real"], 40);
}

TEST(ObjectFid, of_the_tise_protocol_drops_the_last_batch_of_crops) {
  const at::Tensor features = golden_rows(9, 140, 5);
  MomentsAccumulator accumulator;
  accumulator.add(golden_rows(10, 40, 5) + 0.5);
  const RealFeatures real{accumulator.moments(), true};
  const Samples samples = images_with_crops(features, features, {90, 0, 30, 20});  // 100 = 90 + 10 of 30
  const Result result = compute("O-FID", samples, testing::tise_protocol(), &real);
  MomentsAccumulator evaluated;
  evaluated.add(features.slice(0, 0, 100));
  EXPECT_NEAR(result.value.value(), frechet_distance(evaluated.moments(), accumulator.moments()), 1e-10);
  EXPECT_EQ(result.n, 100U);
  EXPECT_EQ(result.details["dropped"], 40);
}

TEST(ObjectFid, of_zero_or_one_crop_or_without_real_objects_is_undefined) {
  const at::Tensor features = golden_rows(9, 30, 5);
  MomentsAccumulator accumulator;
  accumulator.add(golden_rows(10, 40, 5));
  const RealFeatures real{accumulator.moments(), true};
  const auto reason = [&](std::int64_t crops, const RealFeatures* real_objects) {
    const at::Tensor rows = features.slice(0, 0, crops);
    return compute("O-FID", images_with_crops(rows, rows, {crops, 0}), {}, real_objects).reason;
  };
  EXPECT_EQ(reason(0, &real), "0 crops: covariance needs 2");
  EXPECT_EQ(reason(1, &real), "1 crop: covariance needs 2");
  EXPECT_EQ(reason(9, nullptr), "no objects of real images given");
  MomentsAccumulator single;
  single.add(golden_rows(10, 1, 5));
  const RealFeatures one{single.moments(), true};
  EXPECT_EQ(reason(9, &one), "1 real crop: covariance needs 2");
}

TEST(ObjectMetrics, see_the_images_of_the_pairs_that_use_them) {
  const at::Tensor features = golden_rows(9, 30, 5);
  Samples samples = images_with_crops(features, features, kCropsOfImages);
  for (std::size_t i = 0; i < samples.images.size(); ++i) add_pair(samples, i).metrics = {"CLIP-S"};
  samples.pairs[3].metrics = {"O-IS", "O-FID"};
  MomentsAccumulator accumulator;
  accumulator.add(golden_rows(10, 40, 5));
  const RealFeatures real{accumulator.moments(), true};
  EXPECT_EQ(compute("O-FID", samples, {}, &real).n, 20U);
  EXPECT_EQ(compute("O-IS", samples, at_temperature(1)).n, 20U);
}

}  // namespace
}  // namespace tise::metrics
