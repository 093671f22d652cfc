#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <atomic>
#include <map>
#include <thread>

#include "models/tiny_archives.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;

std::unique_ptr<Network> detector(const TempFolder& folder,
                                  const std::string& answer = testing::kTwoObjects) {
  const auto path =
      testing::save(testing::detector_module(answer), testing::detector_card(), folder / "maskrcnn.pt");
  return load_network(open_archive(path, find_kind("detector")), {c10::kCPU});
}

/// The error that the archive throws for one black picture.
std::string complaint_about_answer(const std::string& answer) {
  const TempFolder folder;
  try {
    detector(folder, answer)->encode_pictures({torch::zeros({3, 6, 8})});
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "maskrcnn.pt").string()));
    return error.what();
  }
  return "no complaint";
}

at::Tensor column(const Rows& rows, const std::string& name) {
  return std::map(rows.items.begin(), rows.items.end()).at(name);
}

TEST(DetectorArchives, detections_are_ordered_by_picture_and_descending_score) {
  const TempFolder folder;
  const Rows rows = detector(folder)->encode_pictures({torch::zeros({3, 6, 8}), torch::zeros({3, 9, 7})});
  EXPECT_EQ(rows.lengths, (std::vector<std::int64_t>{2, 2}));
  EXPECT_TRUE(torch::equal(column(rows, "scores"), torch::tensor({0.75F, 0.25F, 0.75F, 0.25F})));
  EXPECT_TRUE(torch::equal(column(rows, "labels"), torch::tensor({1, 2, 1, 2}, at::kLong)));
  EXPECT_TRUE(torch::equal(column(rows, "boxes")[2], torch::tensor({1.0F, 1.0F, 3.0F, 4.0F})));
}

TEST(DetectorArchives, detections_are_kept_from_the_lowest_score_up) {
  const TempFolder folder;
  const std::string answer =
      "{'boxes': torch.zeros([3, 4]), 'labels': torch.ones([3]), 'scores': torch.tensor([0.049, 0.9, 0.05])}";
  const Rows rows = detector(folder, answer)->encode_pictures({torch::zeros({3, 6, 8})});
  EXPECT_TRUE(torch::equal(column(rows, "scores"), torch::tensor({0.9F, 0.05F})));
  EXPECT_EQ(column(rows, "boxes").size(0), 2);
  EXPECT_EQ(rows.lengths, std::vector<std::int64_t>{2});
}

TEST(DetectorArchives, no_pictures_give_no_detections) {
  const TempFolder folder;
  const Rows rows = detector(folder)->encode_pictures({});
  EXPECT_TRUE(rows.lengths.empty());
  EXPECT_EQ(column(rows, "boxes").sizes(), (std::vector<std::int64_t>{0, 4}));
}

TEST(DetectorArchives, invalid_detections_are_refused) {
  EXPECT_THAT(complaint_about_answer("{'boxes': torch.zeros([1, 4]), 'labels': torch.ones([1])}"),
              HasSubstr("returned no \"scores\""));
  EXPECT_THAT(complaint_about_answer(
                  "{'boxes': torch.zeros([2, 4]), 'labels': torch.ones([1]), 'scores': torch.ones([1])}"),
              HasSubstr("[n, 4]"));
  EXPECT_THAT(complaint_about_answer(
                  "{'boxes': torch.zeros([1, 4]), 'labels': torch.zeros([1]), 'scores': torch.ones([1])}"),
              HasSubstr("label outside 1 to 2"));
  EXPECT_THAT(complaint_about_answer(
                  "{'boxes': torch.ones([1, 4]) * 99, 'labels': torch.ones([1]), 'scores': torch.ones([1])}"),
              HasSubstr("outside the image"));
  EXPECT_THAT(complaint_about_answer(
                  "{'boxes': torch.zeros([1, 4]), 'labels': torch.ones([1]), 'scores': torch.ones([1]) / 0}"),
              HasSubstr("not finite"));
}

TEST(DetectorArchives, are_verified_by_their_objectness) {
  const TempFolder folder;
  auto card = testing::detector_card();
  card["probe"] = {{"objectness", {2.0, 2.0}}};
  const auto path =
      testing::save(testing::detector_module(testing::kTwoObjects), card, folder / "maskrcnn.pt");
  EXPECT_EQ(verify(open_archive(path, find_kind("detector")), c10::kCPU), 0.0);
  card["probe"] = {{"objectness", {2.0, 4.0}}};
  testing::save(testing::detector_module(testing::kTwoObjects), card, path);
  EXPECT_EQ(verify(open_archive(path, find_kind("detector")), c10::kCPU), 0.5);
}

// torchvision's detectors keep intermediate results in attributes.
TEST(DetectorArchives, that_set_attributes_can_run_on_several_threads) {
  const TempFolder folder;
  torch::jit::Module module("Detector");
  module.register_attribute("seen", c10::ListType::ofTensors(), c10::List<at::Tensor>());
  module.define(R"(
def forward(self, images: List[Tensor]):
  self.seen = [image.max() for image in images]
  busy = torch.ones([64, 64])
  for i in range(20):
    busy = torch.mm(busy, busy) / 64
  answers : List[Dict[str, Tensor]] = []
  for i in range(len(images)):
    answers.append({'boxes': torch.zeros([1, 4]), 'labels': torch.ones([1]), 'scores': self.seen[i].view(1)})
  return answers
)");
  const auto path = testing::save(module, testing::detector_card(), folder / "maskrcnn.pt");
  const auto network = load_network(open_archive(path, find_kind("detector")), {c10::kCPU});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int thread = 1; thread <= 4; ++thread) {
    threads.emplace_back([&, thread] {
      const float score = static_cast<float>(thread) / 8;
      const std::vector<at::Tensor> pictures(static_cast<std::size_t>(thread), at::full({3, 6, 8}, score));
      for (int run = 0; run < 100; ++run) {
        wrong += !column(network->encode_pictures(pictures), "scores").eq(score).all().item<bool>();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(CounterArchives, a_picture_gives_a_number_for_each_label) {
  const TempFolder folder;
  const auto path = testing::save(testing::counter_module(), testing::counter_card(), folder / "counter.pt");
  const auto counter = load_network(open_archive(path, find_kind("counter")), {c10::kCPU});
  const Rows rows = counter->encode_pictures({torch::ones({3, 6, 8}), torch::ones({3, 2, 2})});
  EXPECT_TRUE(torch::equal(rows.columns.front().second, torch::tensor({{48.0F, 3.0F}, {4.0F, 3.0F}})));
}

}  // namespace
}  // namespace tise::models
