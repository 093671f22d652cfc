// A run over archives gives the same report as a run over the folders that they were made from.

#include "support/archives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using testing::Arguments;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::pack;
using testing::read_json;
using testing::report_of;
using testing::tise_eval;
using testing::values;

class ArchiveRuns : public ::testing::Test, protected testing::SmallWorld {
 protected:
  Arguments over(const std::string& images, const std::string& real, const Arguments& more = {}) const {
    Arguments arguments{"--models", "shapes", "--images", path(images), "--captions", path("captions.json")};
    if (!real.empty()) arguments.insert(arguments.end(), {"--real", path(real)});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(ArchiveRuns, give_the_report_of_a_folder) {
  const nlohmann::json folder = report_of(tise_eval(run()));
  for (const char* end : {".zip", ".tar", ".tar.gz"}) {
    pack(path("images"), path(std::string("images") + end));
    pack(path("real"), path(std::string("real") + end), /*backwards=*/true);
    const nlohmann::json archive =
        report_of(tise_eval(over(std::string("images") + end, std::string("real") + end)));
    EXPECT_EQ(archive["signature"], folder["signature"]);
    expect_same(values(folder), values(archive), 1e-5);
  }
}

TEST_F(ArchiveRuns, use_what_a_store_has_and_notice_a_change) {
  const Arguments clip{"--metrics", "CLIP-S", "--store", path("store")};
  pack(path("images"), path("images.tar.gz"));
  const auto before = values(report_of(tise_eval(over("images.tar.gz", "", clip))));
  Outcome again = tise_eval(over("images.tar.gz", "", clip));
  EXPECT_THAT(again.err, HasSubstr("32 of 32 images are in the store already"));
  const std::string changed = read_json(path("captions.json"))[0]["image"];
  fs::copy_file(testing::demo("collapsed") + "/" + changed, path("images/" + changed),
                fs::copy_options::overwrite_existing);
  pack(path("images"), path("images.tar.gz"));
  again = tise_eval(over("images.tar.gz", "", clip));
  EXPECT_THAT(again.err, HasSubstr("31 of 32 images are in the store already"));
  EXPECT_NE(values(report_of(again)).at("CLIP-S"), before.at("CLIP-S"));
  // The same pictures in plain files count as the same pictures.
  again = tise_eval(over("images", "", clip));
  EXPECT_THAT(again.err, HasSubstr("32 of 32 images are in the store already"));
}

TEST_F(ArchiveRuns, name_the_bad_images_in_them) {
  const std::string bad = read_json(path("captions.json"))[0]["image"];
  testing::write_file(folder_ / "images" / bad, "no picture");
  pack(path("images"), path("images.zip"));
  const Outcome outcome = tise_eval(over("images.zip", "", {"--metrics", "CLIP-S"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(bad + ": not an image"));
}

TEST_F(ArchiveRuns, show_their_pictures_on_the_page) {
  pack(path("images"), path("images.tar"));
  report_of(tise_eval(over("images.tar", "", {"--metrics", "CLIP-S", "--html", path("page.html")})));
  std::ifstream page(path("page.html"));
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  EXPECT_THAT(text, HasSubstr("data:image/jpeg;base64,"));
}

TEST_F(ArchiveRuns, may_be_sharded) {
  pack(path("images"), path("images.tar"));
  const Arguments metrics{"--metrics", "CLIP-S,IS"};
  const auto whole = values(report_of(tise_eval(over("images.tar", "", metrics))));
  for (const char* part : {"0", "1"}) {
    Arguments arguments = over("images.tar", "", metrics);
    arguments.insert(arguments.end(), {"--shard", std::string(part) + "/2", "--store", path(part)});
    EXPECT_EQ(tise_eval(arguments).code, 0);
  }
  expect_same(whole, values(report_of(tise_eval({"merge", path("0"), path("1")}))), 1e-5);
}

}  // namespace
}  // namespace tise::cli
