#include "tise/pipeline/encode_images.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;
using testing::write_file;
using testing::write_picture;

image::Preparation as_it_is() {
  image::Preparation preparation;
  preparation.range = image::Range::kByte;
  return preparation;
}

models::Rows means_of(const at::Tensor& batch) {
  return {.columns = {{"mean", batch.mean(at::IntArrayRef{1, 2, 3})}}};
}

/// A branch that returns each image's mean.
Branch mean_branch(const std::string& group = "mean") { return encoder(group, as_it_is(), &means_of); }

class EncodeImages : public ::testing::Test {
 protected:
  void add_picture(const std::string& name) {
    write_picture(folder_ / name, static_cast<unsigned>(tasks_.size()));
    add_task(name);
  }
  void add_file(const std::string& name, const std::string& content) {
    write_file(folder_ / name, content);
    add_task(name);
  }
  void add_task(const std::string& name) {
    tasks_.push_back({{name, folder_ / name}, {"mean", "pixels", "picky"}});
  }
  std::vector<BadImage> run(const EncodeOptions& options) { return run({mean_branch()}, options, {}); }
  std::vector<BadImage> run(const std::vector<Branch>& branches, const EncodeOptions& options,
                            const Monitor& monitor) {
    return encode_images(
        tasks_, branches, options, [this](ImageRows&& rows) { got_.push_back(std::move(rows)); }, monitor,
        clock_);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const ImageRows& rows : got_) {
      for (const FileIdentity& file : rows.files) names.push_back(file.name);
    }
    return names;
  }

  TempFolder folder_;
  std::vector<ImageTask> tasks_;
  std::vector<ImageRows> got_;
  StageClock clock_;
};

TEST_F(EncodeImages, batches_that_run_out_of_memory_are_halved_and_lose_nothing) {
  for (int i = 0; i < 13; ++i) add_picture(std::to_string(10 + i) + ".png");
  std::vector<std::int64_t> sizes;
  Branch narrow = encoder("mean", as_it_is(), [&](const at::Tensor& batch) {
    if (batch.size(0) > 3) throw models::OutOfMemory("model archive clip.pt: out of memory");
    sizes.push_back(batch.size(0));
    return means_of(batch);
  });
  run({narrow}, {.batch_size = 8}, {});
  EXPECT_THAT(sizes, ::testing::ElementsAre(2, 2, 2, 2, 2, 2, 1));
  std::vector<std::string> expected;
  for (const ImageTask& task : tasks_) expected.push_back(task.image.name);
  EXPECT_EQ(names(), expected);
}

TEST_F(EncodeImages, a_single_picture_that_runs_out_of_memory_ends_the_run) {
  for (int i = 0; i < 3; ++i) add_picture(std::to_string(i) + ".png");
  const Branch none = encoder("mean", as_it_is(), [](const at::Tensor&) -> models::Rows {
    throw models::OutOfMemory("model archive clip.pt: out of memory");
  });
  EXPECT_THROW(run({none}, {.batch_size = 2}, {}), models::OutOfMemory);
}

TEST_F(EncodeImages, rows_come_in_the_order_of_the_tasks_with_any_number_of_workers) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 50; ++i) {
    wanted.push_back("image" + std::to_string(i) + ".png");
    add_picture(wanted.back());
  }
  for (const std::size_t workers : {1U, 2U, 7U}) {
    got_.clear();
    run({.batch_size = 8, .workers = workers});
    EXPECT_EQ(names(), wanted);
    EXPECT_EQ(got_.size(), 7U);  // six batches of eight and one of two
    EXPECT_EQ(got_.back().columns.front().second.size(0), 2);
  }
}

TEST_F(EncodeImages, rows_come_in_the_order_of_the_tasks_with_several_lanes) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 50; ++i) {
    wanted.push_back("image" + std::to_string(i) + ".png");
    add_picture(wanted.back());
  }
  run({.batch_size = 4});
  const auto alone = std::exchange(got_, {});
  run({.batch_size = 4, .lanes = {c10::kCPU, c10::kCPU, c10::kCPU}});
  EXPECT_EQ(names(), wanted);
  ASSERT_EQ(got_.size(), alone.size());
  for (std::size_t i = 0; i < got_.size(); ++i) {
    EXPECT_TRUE(at::equal(got_[i].columns[0].second, alone[i].columns[0].second));
  }
}

TEST_F(EncodeImages, what_a_branch_throws_on_a_lane_reaches_the_caller) {
  for (int i = 0; i < 40; ++i) add_picture("image" + std::to_string(i) + ".png");
  const Branch failing =
      encoder("mean", as_it_is(), [](const at::Tensor&) -> models::Rows { throw ModelError("no"); });
  EXPECT_THROW(run({failing}, {.batch_size = 4, .lanes = {c10::kCPU, c10::kCPU}}, {}), ModelError);
}

TEST_F(EncodeImages, an_image_goes_only_through_its_tasks_branches) {
  add_picture("a.png");
  add_picture("b.png");
  tasks_[0].branches = {"first"};
  tasks_[1].branches = {"second", "first"};
  run({mean_branch("first"), mean_branch("second")}, {.batch_size = 4}, {});
  ASSERT_EQ(got_.size(), 2U);
  EXPECT_EQ(got_[0].files.size(), 2U);
  ASSERT_EQ(got_[1].files.size(), 1U);
  EXPECT_EQ(got_[1].files[0].name, "b.png");
}

TEST_F(EncodeImages, every_bad_image_is_listed_if_one_fails_the_run) {
  add_picture("good.png");
  add_file("empty.png", "");
  add_file("words.png", "these are words, not pixels");
  add_task("gone.png");
  try {
    run({.batch_size = 2});
    FAIL() << "bad images passed";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("3 images cannot be used"));
    EXPECT_THAT(error.what(), HasSubstr("empty.png"));
    EXPECT_THAT(error.what(), HasSubstr("words.png"));
    EXPECT_THAT(error.what(), HasSubstr("gone.png: no such file"));
  }
}

TEST_F(EncodeImages, images_that_are_bad_without_decoding_are_listed_beforehand) {
  add_picture("good.png");
  EXPECT_NO_THROW(check_images(tasks_, {}, {}));
  add_file("empty.png", "");
  add_file("words.png", "these are words, not pixels");
  try {
    check_images(tasks_, {}, {});
    FAIL() << "bad images passed";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("2 images cannot be used"));
    EXPECT_THAT(error.what(), HasSubstr("image empty.png: empty file"));
  }
}

TEST_F(EncodeImages, bad_images_are_returned_if_they_may_be_skipped) {
  add_picture("a.png");
  add_file("empty.png", "");
  add_picture("b.png");
  const auto bad = run({.on_bad_image = OnBadImage::kSkip});
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].name, "empty.png");
  EXPECT_THAT(names(), ::testing::ElementsAre("a.png", "b.png"));
}

TEST_F(EncodeImages, what_a_branch_throws_reaches_the_caller) {
  for (int i = 0; i < 40; ++i) add_picture("image" + std::to_string(i) + ".png");
  const Branch failing =
      encoder("mean", as_it_is(), [](const at::Tensor&) -> models::Rows { throw ModelError("no"); });
  EXPECT_THROW(run({failing}, {.batch_size = 4}, {}), ModelError);
}

TEST_F(EncodeImages, a_stop_request_ends_the_run) {
  for (int i = 0; i < 40; ++i) add_picture("image" + std::to_string(i) + ".png");
  std::stop_source stop;
  Monitor monitor;
  monitor.stop = stop.get_token();
  monitor.progress = [&](const std::string&, std::size_t done, std::size_t) {
    if (done == 10) stop.request_stop();
  };
  EXPECT_THROW(run({mean_branch()}, {.batch_size = 4}, monitor), Interrupted);
  EXPECT_EQ(names().size(), 8U);
}

TEST_F(EncodeImages, a_row_records_which_bytes_it_came_from) {
  add_picture("a.png");
  run(EncodeOptions{});
  ASSERT_EQ(got_.size(), 1U);
  const FileIdentity& file = got_[0].files[0];
  EXPECT_EQ(file.state.size, static_cast<std::int64_t>(std::filesystem::file_size(folder_ / "a.png")));
  EXPECT_EQ(file.sha256.size(), 64U);
  EXPECT_GT(file.state.modified_ns, 0);
  EXPECT_EQ(file.state.changed_ns, 0) << "it was written just now";
}

/// A branch that takes unprepared pixels, and records the sizes of its batches.
Branch pixels_branch(std::vector<std::size_t>& batches) {
  Branch branch;
  branch.name = "pixels";
  branch.encode = [&batches](const Batch& batch, c10::Device) {
    batches.push_back(batch.pixels.size());
    const auto count = static_cast<std::int64_t>(batch.files.size());
    return std::vector<ImageRows>{{"pixels", batch.files, {{"x", at::ones({count})}}, {}}};
  };
  return branch;
}

class EncodePixels : public EncodeImages {
 protected:
  void add(int width, int height) {
    const std::string name = "image" + std::to_string(tasks_.size()) + ".png";
    write_picture(folder_ / name, 1, width, height);
    add_task(name);
  }
};

TEST_F(EncodePixels, are_batched_by_size_unless_the_branch_mixes_sizes) {
  for (const auto& [width, height] :
       std::vector<std::pair<int, int>>{{8, 6}, {8, 6}, {8, 6}, {6, 8}, {8, 6}}) {
    add(width, height);
  }
  std::vector<std::size_t> batches;
  Branch branch = pixels_branch(batches);
  branch.batch_divisor = 8;
  run({branch}, {.batch_size = 16}, {});
  EXPECT_THAT(batches, ::testing::ElementsAre(2, 1, 1, 1));
  EXPECT_EQ(names().size(), 5U);

  batches.clear();
  branch.mixes_sizes = true;
  run({branch}, {.batch_size = 16}, {});
  EXPECT_THAT(batches, ::testing::ElementsAre(2, 2, 1));
}

TEST_F(EncodePixels, of_large_pictures_go_in_small_batches) {
  for (int i = 0; i < 3; ++i) add(4800, 4800);  // 69 MB each
  std::vector<std::size_t> batches;
  run({pixels_branch(batches)}, {.batch_size = 16}, {});
  EXPECT_THAT(batches, ::testing::ElementsAre(2, 1));
}

/// A branch that can't process b.png.
Branch picky_branch() {
  Branch branch;
  branch.name = "picky";
  branch.encode = [](const Batch& batch, c10::Device) {
    for (std::size_t i = 0; i < batch.files.size(); ++i) {
      if (batch.files[i].name == "b.png") throw BadPicture(i, "too odd");
    }
    const auto count = static_cast<std::int64_t>(batch.files.size());
    return std::vector<ImageRows>{{"picky", batch.files, {{"x", at::ones({count})}}, {}}};
  };
  return branch;
}

TEST_F(EncodeImages, a_picture_that_a_branch_can_not_process_is_a_bad_image) {
  for (const char* name : {"a.png", "b.png", "c.png"}) add_picture(name);
  const auto bad = run({picky_branch()}, {.on_bad_image = OnBadImage::kSkip}, {});
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].why, "too odd");
  EXPECT_THAT(names(), ::testing::ElementsAre("a.png", "c.png"));
  EXPECT_THROW(run({picky_branch()}, {}, {}), InputError);
}

TEST_F(EncodeImages, bad_pictures_and_running_out_of_memory_are_handled_on_lanes_too) {
  for (int i = 0; i < 40; ++i) add_picture(i == 10 ? "b.png" : "image" + std::to_string(i) + ".png");
  Branch narrow = picky_branch();
  narrow.encode = [encode = narrow.encode](const Batch& batch, c10::Device device) {
    if (batch.files.size() > 3) throw models::OutOfMemory("out of memory");
    return encode(batch, device);
  };
  const auto bad = run(
      {narrow}, {.batch_size = 16, .lanes = {c10::kCPU, c10::kCPU}, .on_bad_image = OnBadImage::kSkip}, {});
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].name, "b.png");
  std::vector<std::string> wanted;
  for (const ImageTask& task : tasks_) {
    if (task.image.name != "b.png") wanted.push_back(task.image.name);
  }
  EXPECT_EQ(names(), wanted);
}

TEST_F(EncodeImages, only_branches_that_a_picture_goes_through_are_loaded) {
  add_picture("a.png");
  tasks_[0].branches = {"first"};
  std::string loaded;
  Branch first = mean_branch("first");
  first.load = [&] { loaded += "first"; };
  Branch second = mean_branch("second");
  second.load = [&] { loaded += "second"; };
  load_branches(tasks_, {first, second});
  EXPECT_EQ(loaded, "first");
}

TEST_F(EncodeImages, without_tasks_returns_immediately) {
  EXPECT_TRUE(run(EncodeOptions{}).empty());
  EXPECT_TRUE(got_.empty());
}

}  // namespace
}  // namespace tise::pipeline
