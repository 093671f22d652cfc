#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <cstdlib>

#include "models/tiny_archives.h"
#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempFolder;
using ::testing::ThrowsMessage;

/// Unsets the variables that name a models folder for one test, then restores them.
class ModelsFolder : public ::testing::Test {
 protected:
  ModelsFolder() {
    for (const char* name : {"XDG_DATA_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
  }
  ~ModelsFolder() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        ::setenv(name.c_str(), value->c_str(), 1);
      } else {
        ::unsetenv(name.c_str());
      }
    }
  }
  std::map<std::string, std::optional<std::string>> before_;
  TempFolder folder_;
};

TEST_F(ModelsFolder, a_named_one_overrides_the_users) {
  ::setenv("XDG_DATA_HOME", "/nowhere", 1);
  EXPECT_EQ(find_models_folder(folder_.path().string()), folder_.path());
}

TEST_F(ModelsFolder, the_users_data_folder_is_the_default) {
  std::filesystem::create_directories(folder_ / "tise-eval/models");
  ::setenv("XDG_DATA_HOME", folder_.path().c_str(), 1);
  EXPECT_EQ(find_models_folder(std::nullopt), folder_ / "tise-eval/models");
}

TEST_F(ModelsFolder, a_missing_one_is_an_error_that_lists_the_ways_to_get_models) {
  const auto ways_out = AllOf(HasSubstr("get_models.sh"), HasSubstr("tise-export"), HasSubstr("$TISE_MODELS"),
                              HasSubstr("--models shapes"), Not(HasSubstr("\n")));
  EXPECT_THAT([] { find_models_folder("/nowhere"); },
              ThrowsMessage<ModelError>(AllOf(HasSubstr("models folder /nowhere"), ways_out)));
  EXPECT_THAT([] { find_models_folder(std::nullopt); }, ThrowsMessage<ModelError>(ways_out));
}

TEST_F(ModelsFolder, the_demo_models_are_never_a_silent_default) {
  EXPECT_THROW(find_models_folder(std::nullopt), ModelError);
}

TEST_F(ModelsFolder, may_contain_archives_with_any_name) {
  for (const char* name : {"clip.pt", "ViT-L_14.336.pt", "Z.pt", "notes.txt", "clip.pt.partial", ".hidden.pt",
                           "a b.pt", "ü.pt", ".pt"}) {
    testing::write_file(folder_ / name, "x");
  }
  std::filesystem::create_directories(folder_ / "ViT-L-14");
  EXPECT_EQ(stems_in(folder_.path()), (std::vector<std::string>{"ViT-L_14.336", "Z", "clip"}));
  EXPECT_THROW(stems_in(folder_ / "nowhere"), ModelError);
}

TEST(Devices, unknown_words_are_usage_errors) {
  for (const char* word : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:4000000000", "CPU"}) {
    EXPECT_THAT([&] { parse_device(word); }, ThrowsMessage<UsageError>(HasSubstr("unknown device"))) << word;
  }
}

TEST(Devices, cpu_always_exists_and_auto_always_finds_a_device) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_NO_THROW(parse_device("auto"));
}

TEST(Devices, several_are_separated_by_commas) {
  EXPECT_EQ(parse_devices("cpu").size(), 1U);
  EXPECT_EQ(parse_devices("auto").size(), 1U);
  EXPECT_EQ(parse_devices("cpu,cpu,cpu").size(), 3U);
  for (const char* words : {"", ",", "cpu,", ",cpu", "cpu,gpu", "cpu,auto", "auto,auto"}) {
    EXPECT_THROW(parse_devices(words), UsageError) << words;
  }
}

TEST(Devices, cuda_can_not_be_mixed_with_the_cpu) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  EXPECT_THAT([] { parse_devices("cuda:0,cpu"); },
              ThrowsMessage<UsageError>(HasSubstr("cannot mix CPU and CUDA")));
}

TEST(Devices, that_are_missing_are_a_model_error_in_one_line) {
  if (parse_device("auto").is_cuda()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_THAT([] { parse_device("cuda"); },
              ThrowsMessage<ModelError>(AllOf(HasSubstr("--device cuda: "), Not(HasSubstr("\n")))));
  EXPECT_THROW(parse_device("cuda:3"), ModelError);
}

at::Tensor embeddings(const Archive& archive, c10::Device device, const at::Tensor& images) {
  return load_network(archive, {device})->encode_batch(images).columns.front().second;
}

TEST(Devices, the_gpu_computes_what_the_cpu_does) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  const TempFolder folder;
  const Archive archive = open_archive(
      testing::save(testing::clip_module(), testing::clip_card(), folder / "clip.pt"), find_kind("clip"));
  const at::Tensor images = torch::arange(96, torch::kFloat).view({2, 3, 4, 4});
  const at::Tensor on_gpu = embeddings(archive, parse_device("cuda"), images);
  EXPECT_TRUE(torch::allclose(on_gpu, embeddings(archive, c10::kCPU, images)));
  EXPECT_TRUE(on_gpu.is_cpu());
}

}  // namespace
}  // namespace tise::models
