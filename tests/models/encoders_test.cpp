#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "models/tiny_archives.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempFolder;
using Json = nlohmann::ordered_json;

Archive clip_archive(const TempFolder& folder, const Json& card = testing::clip_card()) {
  return open_archive(testing::save(testing::clip_module(), card, folder / "clip.pt"), find_kind("clip"));
}

Archive inception_archive(const TempFolder& folder, const std::string& forward = "",
                          const Json& card = testing::inception_card()) {
  const auto path = testing::save(testing::inception_module(forward), card, folder / "inception.pt");
  return open_archive(path, find_kind("classifier"));
}

/// The error that the archive throws for one black picture.
std::string complaint(const Archive& archive) {
  try {
    load_network(archive, {c10::kCPU})->encode_batch(torch::zeros({1, 3, 4, 4}));
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(archive.path.string()), Not(HasSubstr("\n"))));
    return error.what();
  }
  return "no complaint";
}

TEST(ClipArchives, images_become_embeddings) {
  const TempFolder folder;
  const auto encoder = load_network(clip_archive(folder), {c10::kCPU});
  const at::Tensor embeddings = encoder->encode_batch(torch::ones({2, 3, 4, 4})).columns.front().second;
  EXPECT_TRUE(torch::equal(embeddings, torch::full({2, 3}, 16.0F)));
  EXPECT_FALSE(embeddings.is_inference());
}

TEST(ClipArchives, texts_of_any_length_become_float32_embeddings) {
  const TempFolder folder;
  const auto encoder = load_network(clip_archive(folder), {c10::kCPU});
  for (const std::int64_t length : {2, 8, 5}) {
    const at::Tensor tokens = torch::arange(length, torch::kLong).repeat({3, 1});
    const at::Tensor expected = torch::tensor({float(length), float(length - 1), 1.0F}).repeat({3, 1});
    EXPECT_TRUE(torch::equal(encoder->encode_texts(tokens), expected)) << length;
  }
}

TEST(ClipArchives, no_rows_in_give_no_rows_out) {
  const TempFolder folder;
  const auto encoder = load_network(clip_archive(folder), {c10::kCPU});
  const Rows rows = encoder->encode_batch(torch::zeros({0, 3, 4, 4}));
  EXPECT_EQ(rows.columns.front().second.sizes(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(encoder->encode_texts(torch::zeros({0, 4}, torch::kLong)).size(0), 0);
}

TEST(ClipArchives, a_missing_tower_is_named) {
  const TempFolder folder;
  const auto path = testing::save(testing::inception_module(), testing::clip_card(), folder / "clip.pt");
  const Archive archive = open_archive(path, find_kind("clip"));
  EXPECT_THAT([&] { load_network(archive, {c10::kCPU}); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("has no submodule `image`")));
}

TEST(InceptionArchives, half_precision_weights_compute_in_float32) {
  const TempFolder folder;
  const auto classifier = load_network(inception_archive(folder), {c10::kCPU});
  const Columns columns = classifier->encode_batch(torch::full({2, 3, 4, 4}, 0.1F)).columns;
  EXPECT_TRUE(torch::allclose(columns[0].second, torch::full({2, 3}, 0.1F), 1e-6, 0));
  EXPECT_EQ(columns[1].second.sizes(), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(columns[1].second.scalar_type(), torch::kFloat);
}

TEST(InceptionArchives, another_shape_than_the_cards_is_an_error_with_both_shapes) {
  const TempFolder folder;
  Json card = testing::inception_card();
  card["classes"] = 1008;
  EXPECT_THAT(complaint(inception_archive(folder, "", card)),
              HasSubstr("logits: the shape is [1, 2], but the card requires [1, 1008]"));
}

TEST(InceptionArchives, numbers_that_are_not_finite_are_an_error) {
  const TempFolder folder;
  const std::string forward = "def forward(self, x):\n  f = x.mean([2, 3]) / 0\n  return f, f[:, :2]\n";
  EXPECT_THAT(complaint(inception_archive(folder, forward)),
              HasSubstr("features contain numbers that are not finite"));
}

TEST(InceptionArchives, an_output_that_is_not_a_pair_is_an_error) {
  const TempFolder folder;
  EXPECT_THAT(complaint(inception_archive(folder, "def forward(self, x):\n  return x\n")),
              HasSubstr("pair of features and logits"));
}

TEST(InceptionArchives, a_failure_inside_the_network_is_one_line) {
  const TempFolder folder;
  const std::string forward = "def forward(self, x):\n  f = torch.mm(x[0, 0], x[0, 0, :2])\n  return f, f\n";
  EXPECT_THAT(
      complaint(inception_archive(folder, forward)),
      HasSubstr("failed to classify images: mat1 and mat2 shapes cannot be multiplied (4x4 and 2x4)"));
}

TEST(InceptionArchives, a_failure_inside_a_method_that_freezing_deletes_is_one_line) {
  const TempFolder folder;
  const std::string forward =
      "def features(self, x):\n  return torch.mm(x[0, 0], x[0, 0, :2])\n"
      "def forward(self, x):\n  f = self.features(x)\n  return f, f\n";
  EXPECT_THAT(complaint(inception_archive(folder, forward)), HasSubstr("shapes cannot be multiplied"));
}

TEST(InceptionArchives, cublas_running_out_of_memory_is_recognized) {
  const TempFolder folder;
  const std::string forward =
      "def forward(self, x):\n  assert x.numel() < 0, 'CUDA error: CUBLAS_STATUS_ALLOC_FAILED'\n  return x, "
      "x\n";
  const auto classifier = load_network(inception_archive(folder, forward), {c10::kCPU});
  EXPECT_THROW(classifier->encode_batch(torch::ones({1, 3, 4, 4})), OutOfMemory);
}

TEST(InceptionArchives, running_out_of_memory_is_recognized) {
  const TempFolder folder;
  const std::string forward = "def forward(self, x):\n  f = torch.ones([1 << 28, 1 << 28])\n  return f, f\n";
  const auto classifier = load_network(inception_archive(folder, forward), {c10::kCPU});
  EXPECT_THAT(
      [&] {
        classifier->encode_batch(torch::zeros({1, 3, 4, 4}));
      },
      ::testing::ThrowsMessage<OutOfMemory>(HasSubstr("smaller --batch-size")));
}

TEST(Verification, an_archive_that_computes_what_it_did_at_export_passes) {
  const TempFolder folder;
  Json card = testing::inception_card();
  EXPECT_EQ(verify(inception_archive(folder, "", card), c10::kCPU), std::nullopt);
  // (probe / 255 - 0.5) / 0.5, averaged over the 16 pixels; computed with tise_eval.export.archive.
  card["probe"] = {{"features", {-0.7823529, -0.4372549, -0.1299020}}, {"logits", {-0.7823529, -0.4372549}}};
  EXPECT_LT(verify(inception_archive(folder, "", card), c10::kCPU).value(), 1e-6);
}

TEST(Verification, a_changed_weight_is_noticed) {
  const TempFolder folder;
  Json card = testing::inception_card();
  card["probe"] = {{"features", {-0.7823529, -0.4372549, -0.1299020}}};
  torch::jit::Module module = testing::inception_module();
  module.setattr("scale", torch::tensor({1.0F, 1.01F, 1.0F}));
  const Archive archive =
      open_archive(testing::save(module, card, folder / "inception.pt"), find_kind("classifier"));
  EXPECT_GT(verify(archive, c10::kCPU).value(), kVerifyTolerance);
}

TEST(Verification, both_towers_are_probed) {
  const TempFolder folder;
  Json card = testing::clip_card();
  card["probe"] = {{"image", {-12.5176471, -6.9960784, -2.0784314}}, {"text", {7, 515, 1}}};
  EXPECT_LT(verify(clip_archive(folder, card), c10::kCPU).value(), 1e-6);
  card["probe"]["text"] = {7, 514, 1};
  EXPECT_GT(verify(clip_archive(folder, card), c10::kCPU).value(), kVerifyTolerance);
}

TEST(Verification, a_stored_output_that_the_model_lacks_is_an_error) {
  const TempFolder folder;
  Json card = testing::inception_card();
  card["probe"] = {{"smell", {1}}};
  EXPECT_THROW(verify(inception_archive(folder, "", card), c10::kCPU), ModelError);
}

}  // namespace
}  // namespace tise::models
