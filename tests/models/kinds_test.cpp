#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>
#include <numeric>
#include <set>

#include "models/tiny_archives.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/models/kind.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::TempFolder;
using ::testing::ThrowsMessage;
using Json = nlohmann::ordered_json;

/// A tiny archive of each kind.
Archive archive_of(const Kind& kind, const TempFolder& folder) {
  const std::map<std::string_view, std::pair<torch::jit::Module, Json>> archives{
      {"classifier", {testing::inception_module(), testing::inception_card()}},
      {"clip", {testing::clip_module(), testing::clip_card()}},
      {"counter", {testing::counter_module(), testing::counter_card()}},
      {"detector", {testing::detector_module(testing::kTwoObjects), testing::detector_card()}},
      {"encoder", {testing::encoder_module(), testing::encoder_card()}}};
  const auto& [module, card] = archives.at(kind.name);
  return open_archive(testing::save(module, card, folder / "tiny.pt"), &kind);
}

std::vector<std::string_view> names_of(const Columns& columns, std::int64_t rows) {
  std::vector<std::string_view> names;
  for (const auto& [name, tensor] : columns) {
    names.push_back(name);
    EXPECT_EQ(tensor.size(0), rows) << name;
  }
  return names;
}

TEST(Kinds, are_found_by_unique_names) {
  std::set<std::string_view> names;
  for (const Kind* kind : kinds()) {
    EXPECT_EQ(find_kind(kind->name), kind);
    EXPECT_TRUE(names.insert(kind->name).second) << kind->name;
    EXPECT_TRUE(kind->old_name.empty() || names.insert(kind->old_name).second) << kind->old_name;
  }
  EXPECT_EQ(find_kind("inception"), find_kind("classifier"));
  EXPECT_EQ(find_kind("oracle"), nullptr);
  EXPECT_EQ(find_kind(""), nullptr);
}

TEST(Kinds, return_the_columns_that_they_declare) {
  for (const Kind* kind : kinds()) {
    SCOPED_TRACE(kind->name);
    const TempFolder folder;
    const auto network = load_network(archive_of(*kind, folder), {c10::kCPU});
    const at::Tensor pictures = torch::zeros({2, 3, 4, 4});
    const Rows rows = kind->takes == Takes::kBatch ? network->encode_batch(pictures)
                                                   : network->encode_pictures(pictures.unbind());
    EXPECT_THAT(names_of(rows.columns, 2), ElementsAreArray(kind->columns));
    const std::int64_t objects = std::accumulate(rows.lengths.begin(), rows.lengths.end(), std::int64_t{0});
    EXPECT_THAT(names_of(rows.items, objects), ElementsAreArray(kind->items));
    EXPECT_EQ(rows.lengths.size(), kind->items.empty() ? 0U : 2U);
    if (!kind->features.empty()) {
      EXPECT_THAT(kind->columns, ::testing::Contains(kind->features));
    }
  }
}

TEST(Kinds, refuse_inputs_that_they_do_not_take) {
  for (const Kind* kind : kinds()) {
    SCOPED_TRACE(kind->name);
    const TempFolder folder;
    const auto network = load_network(archive_of(*kind, folder), {c10::kCPU});
    const at::Tensor pictures = torch::zeros({2, 3, 4, 4});
    if (kind->takes == Takes::kBatch) {
      EXPECT_THROW(network->encode_pictures(pictures.unbind()), std::logic_error);
    } else {
      EXPECT_THROW(network->encode_batch(pictures), std::logic_error);
    }
    const at::Tensor tokens = torch::zeros({2, 4}, torch::kLong);
    if (kind->encodes_texts) {
      EXPECT_EQ(network->encode_texts(tokens).size(0), 2);
    } else {
      EXPECT_THROW(network->encode_texts(tokens), std::logic_error);
    }
  }
}

TEST(EncoderArchives, return_features) {
  const TempFolder folder;
  const auto encoder = load_network(archive_of(*find_kind("encoder"), folder), {c10::kCPU});
  const Rows rows = encoder->encode_batch(torch::full({2, 3, 4, 4}, 0.5F));
  EXPECT_TRUE(torch::equal(rows.columns.front().second, torch::full({2, 3}, 0.5F)));
}

TEST(EncoderArchives, with_another_output_size_than_their_cards_are_refused) {
  const TempFolder folder;
  Json card = testing::encoder_card();
  card["feature_dim"] = 4;
  const Archive archive =
      open_archive(testing::save(testing::encoder_module(), card, folder / "dino.pt"), nullptr);
  EXPECT_THAT(
      [&] {
        load_network(archive, {c10::kCPU})->encode_batch(torch::ones({1, 3, 4, 4}));
      },
      ThrowsMessage<ModelError>(HasSubstr("features: the shape is [1, 3], but the card requires [1, 4]")));
}

TEST(EncoderArchives, are_verified_by_their_features) {
  const TempFolder folder;
  Json card = testing::encoder_card();
  card["probe"] = {{"features", {-0.7823529, -0.4372549, -0.1299020}}};
  const auto path = testing::save(testing::encoder_module(), card, folder / "dino.pt");
  EXPECT_LT(verify(open_archive(path, nullptr), c10::kCPU).value(), 1e-6);
}

}  // namespace
}  // namespace tise::models
