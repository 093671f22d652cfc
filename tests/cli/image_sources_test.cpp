// The same images from a folder, an array and standard input give the same rows to the bit.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/small_run.h"
#include "support/archives.h"
#include "support/arrays.h"
#include "tise/base/files.h"
#include "tise/image/decode.h"
#include "tise/store/reader.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::Program;
using testing::report_of;
using testing::SmallRun;
using testing::tise_eval;

/// Makes a file the program's standard input.
std::function<void()> reading(const std::string& path) {
  return [path] {
    const int file = ::open(path.c_str(), O_RDONLY);
    ::dup2(file, STDIN_FILENO);
    ::close(file);
  };
}

class ImageSources : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return world_.path(name); }

  /// The images of the world as `arr_0`.
  std::string array() const {
    std::string rows;
    for (const char* name : {"a", "b", "c"}) {
      const image::Pixels pixels =
          image::decode(read_bytes(path(std::string("images/") + name + ".png"), "image"));
      rows.append(pixels.rgb.begin(), pixels.rgb.end());
    }
    testing::write_npz(path("set.npz"), {{"arr_0", testing::npy("|u1", "(3, 64, 64, 3)", rows)}});
    return path("set.npz");
  }
  std::string tar(const std::string& name = "set.tar") const {
    testing::pack(path("images"), path(name));
    return path(name);
  }
  static Outcome over(const std::string& images, const Arguments& more,
                      const std::function<void()>& prepare = {}) {
    Arguments arguments{"--models", "shapes", "--metrics", "CLIP-S,IS", "--quiet", "--images", images};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Program(arguments, {}, prepare).wait();
  }
  /// All rows of a store's group, image by image.
  static at::Tensor rows(const std::string& store, const std::string& group, const std::string& column) {
    std::vector<at::Tensor> rows;
    store::Reader({store}).for_each_chunk(group, {column}, [&](std::size_t, const store::Chunk& chunk) {
      rows.push_back(chunk.tensor(column).clone());
    });
    EXPECT_EQ(rows.size(), 1U);
    return rows.at(0);
  }

  const SmallRun world_;
};

TEST_F(ImageSources, give_the_same_rows_to_the_bit) {
  const std::string captions = path("captions.json");
  testing::write_file(path("list.json"), R"(["a red circle", "two blue squares", "a star"])");
  const auto store = [&](const char* name) { return path(std::string("store-") + name); };
  report_of(over(path("images"), {"--captions", captions, "--store", store("folder")}));
  const json of_array =
      report_of(over(array(), {"--captions", path("list.json"), "--store", store("array")}));
  report_of(over("-", {"--captions", captions, "--store", store("stdin")}, reading(tar())));
  report_of(over("-", {"--captions", captions, "--store", store("zstd")}, reading(tar("set.tar.zst"))));
  report_of(over("-", {"--captions", path("list.json"), "--store", store("npz")}, reading(array())));
  for (const char* name : {"array", "stdin", "zstd", "npz"}) {
    EXPECT_TRUE(rows(store("folder"), "clip", "embeddings").equal(rows(store(name), "clip", "embeddings")))
        << name;
    EXPECT_TRUE(rows(store("folder"), "inception", "logits").equal(rows(store(name), "inception", "logits")))
        << name;
  }
  EXPECT_EQ(of_array["inputs"]["images"]["formats"], (json{{"NumPy array", 3}}));
}

TEST_F(ImageSources, captions_by_row_numbers_fit_the_rows_of_an_array) {
  testing::write_file(path("rows.json"), R"({"0": "a red circle", "1": "two blue squares", "2": "a star"})");
  EXPECT_EQ(report_of(over(array(), {"--captions", path("rows.json")}))["metrics"]["CLIP-S"],
            report_of(over(path("images"), {"--captions", path("captions.json")}))["metrics"]["CLIP-S"]);
}

TEST_F(ImageSources, captions_may_lie_next_to_the_images_on_standard_input) {
  for (const char* name : {"a", "b", "c"})
    testing::write_file(path(std::string("images/") + name + ".txt"),
                        std::string("a red circle and ") + name);
  const Outcome outcome = over("-", {"--captions", "-", "--samples", path("samples.jsonl")}, reading(tar()));
  const json report = report_of(outcome);
  EXPECT_EQ(report["inputs"]["images"]["path"], "-");
  EXPECT_EQ(report["inputs"]["captions"]["path"], "-");
  EXPECT_EQ(report["inputs"]["captions"]["count"], 3);
  EXPECT_THAT(read_text(path("samples.jsonl"), "samples"), HasSubstr("a red circle and b"));
}

TEST_F(ImageSources, standard_input_is_gone_after_the_run_and_its_page_still_has_pictures) {
  fs::create_directory(path("tmp"));
  const Outcome outcome =
      Program(world_.run({"--html", path("page.html")}, "-"), {{"TMPDIR", path("tmp")}}, reading(tar()))
          .wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(fs::is_empty(path("tmp")));
  EXPECT_THAT(read_text(path("page.html"), "page"), HasSubstr("data:image/jpeg;base64,"));
}

TEST_F(ImageSources, standard_input_without_images_is_refused) {
  const auto refusal = [&](const std::string& content) {
    testing::write_file(path("stdin"), content);
    const Outcome outcome = over("-", {}, reading(path("stdin")));
    EXPECT_EQ(outcome.code, 3);
    return outcome.err;
  };
  EXPECT_EQ(refusal(""), "tise-eval: images (standard input): it is empty; pipe a tar into it\n");
  EXPECT_THAT(refusal("no archive, but a text that someone has piped into the program by mistake"),
              HasSubstr("images (standard input): damaged, or not a .zip or .tar"));
}

TEST_F(ImageSources, standard_input_is_read_by_one_flag_unless_captions_lie_next_to_images) {
  const Outcome outcome = over("-", {"--references", "-", "--captions", path("captions.json")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--images and --references both read standard input (-)"));
}

TEST_F(ImageSources, statistics_and_a_look_take_them_too) {
  Outcome outcome = tise_eval({"stats", "--models", "shapes", "--metrics", "FID", "--images", array(),
                               "--output", path("real.npz"), "--quiet"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  outcome = Program({"inputs", "--images", "-", "--real", path("set.npz")}, {}, reading(tar())).wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("images      -: 3 PNG; each 64 x 64"));
  EXPECT_THAT(outcome.out, HasSubstr("set.npz: 3 NumPy array; each 64 x 64"));
}

TEST_F(ImageSources, parquet_is_refused_with_the_way_to_read_it) {
  testing::write_file(path("set.parquet"), "PAR1");
  const Outcome outcome = over(path("set.parquet"), {});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("tise-parquet FILE | tise-eval --images -"));
}

}  // namespace
}  // namespace tise::cli
