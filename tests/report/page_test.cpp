#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "support/temp_folder.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// The data that the page holds for its script.
json data_of(const std::string& page) {
  const std::string opening = R"(<script type="application/json" id="data">)";
  const std::size_t begin = page.find(opening) + opening.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

class ReportPage : public ::testing::Test {
 protected:
  ReportPage() {
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i) + ".png";
      cv::imwrite((folder_ / name).string(), cv::Mat(20, 40, CV_8UC3, cv::Scalar(0, 0, 80 * i)));
      dataset_.images.push_back({name, folder_ / name});
      data::Pair pair;
      pair.image = static_cast<std::size_t>(i);
      pair.item.id = name;
      pair.item.caption = "caption </script> " + std::to_string(i);
      dataset_.pairs.push_back(pair);
    }
    metrics::Result result = metrics::Result::of(0.5, 3);
    result.std_error = 0.1;
    result.ci95 = {0.3, 0.7};
    result.pair_scores = {0.1, 0.5, 0.9};
    result.influence = {-0.4, 0.0, 0.4};
    report_.metrics.push_back({"CA", false, result});
    report_.metrics.push_back({"FID", false, metrics::Result::undefined("no real images given")});
    report_.metrics[0].result.details["confusion"] = {{"1", {{"0", 2}, {"1", 5}}}, {"2", {{"3", 1}}}};
    report_.inputs.images.path = "samples <b>";
  }
  testing::TempFolder folder_;
  data::Dataset dataset_;
  Report report_;
};

TEST_F(ReportPage, holds_what_it_shows_and_loads_nothing) {
  const std::string page = report_page(report_, dataset_, {});
  EXPECT_THAT(page, HasSubstr("<title>tise-eval: samples &lt;b&gt;</title>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("@PAGE_")));
  EXPECT_THAT(page, Not(HasSubstr("caption </script>")));  // would end the data
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  const json data = data_of(page);
  EXPECT_EQ(data["metrics"][0]["ci95"], json({0.3, 0.7}));
  EXPECT_EQ(data["metrics"][1]["reason"], "no real images given");
}

TEST_F(ReportPage, has_the_best_and_worst_samples_with_thumbnails) {
  const auto detections = [](const std::string& image) {
    return std::vector<Detection>{{image + "'s", 0.9, {1, 2, 3, 4}}};
  };
  const json data = data_of(report_page(report_, dataset_, detections));
  const json& extremes = data["extremes"];
  ASSERT_EQ(extremes.size(), 1U);
  EXPECT_EQ(extremes[0]["key"], "CA");
  const json& best = data["samples"][extremes[0]["best"][0].get<std::size_t>()];
  EXPECT_EQ(best["id"], "0.png");  // low is better
  EXPECT_EQ(best["caption"], "caption </script> 0");
  EXPECT_EQ(best["width"], 40);
  EXPECT_EQ(best["height"], 20);
  EXPECT_THAT(best["thumbnail"].get<std::string>(), ::testing::StartsWith("data:image/jpeg;base64,/9j/"));
  EXPECT_EQ(best["detections"][0]["label"], "0.png's");
  EXPECT_EQ(data["samples"][extremes[0]["worst"][0].get<std::size_t>()]["id"], "2.png");
}

TEST_F(ReportPage, leaves_out_the_thumbnail_of_a_missing_image) {
  std::filesystem::remove(folder_ / "0.png");
  const json data = data_of(report_page(report_, dataset_, {}));
  EXPECT_FALSE(data["samples"][0].contains("thumbnail"));
  EXPECT_FALSE(data["samples"][0].contains("detections"));
}

TEST_F(ReportPage, has_requested_and_detected_numbers_as_a_matrix) {
  const json data = data_of(report_page(report_, dataset_, {}));
  ASSERT_EQ(data["confusion"].size(), 1U);
  const json& confusion = data["confusion"][0]["shows"];
  EXPECT_EQ(confusion["asked"], json({1.0, 2.0}));
  EXPECT_EQ(confusion["counted"], json({0, 1, 2, 3}));
  EXPECT_EQ(confusion["cells"], json({{2, 5, 0, 0}, {0, 0, 0, 1}}));
}

TEST_F(ReportPage, shows_metrics_of_other_archives_under_their_own_names) {
  report_.metrics.push_back(report_.metrics[0]);
  report_.metrics.back().key = "CA@other";
  const json data = data_of(report_page(report_, dataset_, {}));
  ASSERT_EQ(data["confusion"].size(), 2U);
  EXPECT_EQ(data["confusion"][1]["metric"], "CA@other");
  ASSERT_EQ(data["extremes"].size(), 2U);
  EXPECT_EQ(data["extremes"][1]["key"], "CA@other");
}

TEST_F(ReportPage, has_a_histogram_of_scores_that_differ) {
  const json data = data_of(report_page(report_, dataset_, {}));
  ASSERT_EQ(data["distributions"].size(), 1U);
  const json& counts = data["distributions"][0]["counts"];
  EXPECT_EQ(counts[0], 1);
  EXPECT_EQ(counts[counts.size() - 1], 1);
  EXPECT_EQ(data["distributions"][0]["edges"].size(), counts.size() + 1);
}

}  // namespace
}  // namespace tise::report
