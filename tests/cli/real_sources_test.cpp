// What --real accepts: images, statistics of other tools, rows, a store, and several of these.

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"
#include "models/tiny_archives.h"
#include "support/arrays.h"
#include "tise/base/files.h"
#include "tise/image/decode.h"
#include "tise/metrics/statistics_file.h"
#include "tise/store/reader.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::npy;
using testing::Outcome;
using testing::report_of;
using testing::signature_field;
using testing::tise_eval;

std::string bytes_of(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  return {static_cast<const char*>(values.const_data_ptr()), values.nbytes()};
}

std::string shape_of(const at::Tensor& tensor) {
  std::string shape = "(";
  for (const std::int64_t size : tensor.sizes()) shape += std::to_string(size) + ",";
  return shape + ")";
}

class RealSources : public ::testing::Test, protected testing::SmallWorld {
 protected:
  RealSources() : SmallWorld(24, 20) {}

  Outcome run(const Arguments& real, const std::string& metrics = "FID", const Arguments& more = {}) const {
    Arguments arguments = run_without_real({"--quiet", "--metrics", metrics});
    for (const std::string& one : real) arguments.insert(arguments.end(), {"--real", one});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  json report(const Arguments& real, const std::string& metrics = "FID", const Arguments& more = {}) const {
    return report_of(run(real, metrics, more));
  }
  std::string refusal(const Arguments& real, int code, const std::string& metrics = "FID") const {
    const Outcome outcome = run(real, metrics);
    EXPECT_EQ(outcome.code, code);
    return outcome.err;
  }
  /// The features of the real images, [n, F].
  at::Tensor features() const {
    EXPECT_EQ(run({path("real")}, "FID", {"--store", path("seen")}).code, 0);
    std::vector<at::Tensor> rows;
    store::Reader({path("seen/real")})
        .for_each_chunk("inception", {"features"}, [&](std::size_t, const store::Chunk& chunk) {
          rows.push_back(chunk.tensor("features").clone());
        });
    return at::cat(rows);
  }
  void write_rows(const std::string& file, const std::string& name, const at::Tensor& rows) const {
    const char* type = rows.scalar_type() == at::kDouble ? "<f8"
                       : rows.scalar_type() == at::kHalf ? "<f2"
                                                         : "<f4";
    testing::write_npz(path(file), {{name, npy(type, shape_of(rows), bytes_of(rows))}});
  }
  static double fid(const json& report) { return report["metrics"]["FID"]["value"]; }
  /// The real images in the form of guided-diffusion's reference file.
  std::string reference(const at::Tensor& rows) const {
    std::string pixels;
    std::vector<fs::path> files(fs::directory_iterator(path("real")), fs::directory_iterator{});
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      const image::Pixels picture = image::decode(read_bytes(file, "image"));
      pixels.append(picture.rgb.begin(), picture.rgb.end());
    }
    const at::Tensor wide = rows.to(at::kDouble);
    const at::Tensor mu = wide.mean(0);
    const at::Tensor sigma = at::cov(wide.t());
    const std::string count = std::to_string(files.size());
    testing::write_npz(path("reference.npz"), {{"mu_s", npy("<f4", "(2,)", std::string(8, '\0'))},
                                               {"arr_0", npy("|u1", "(" + count + ", 64, 64, 3)", pixels)},
                                               {"mu", npy("<f8", shape_of(mu), bytes_of(mu))},
                                               {"sigma", npy("<f8", shape_of(sigma), bytes_of(sigma))}});
    return path("reference.npz");
  }
};

TEST_F(RealSources, rows_of_dgm_eval_and_clean_fid_give_the_fid_of_their_images) {
  const double there = fid(report({path("real")}));
  const at::Tensor rows = features();
  write_rows("reps.npz", "reps", rows.to(at::kDouble));
  write_rows("feats.npz", "feats", rows);
  for (const char* file : {"reps.npz", "feats.npz"}) {
    const json of_rows = report({path(file)});
    EXPECT_NEAR(fid(of_rows), there, 1e-9) << file;
    EXPECT_EQ(of_rows["metrics"]["FID"]["n_real"], 20) << file;
    EXPECT_EQ(of_rows["metrics"]["FID"]["unverified"], true) << file;
    EXPECT_EQ(signature_field(of_rows, "features.real"), "20 unverified") << file;
  }
  write_rows("half.npz", "feats", rows.to(at::kHalf));
  EXPECT_NEAR(fid(report({path("half.npz")})), there, 0.01 * there);
}

TEST_F(RealSources, moments_take_precedence_over_images_for_fid_and_images_serve_what_needs_them) {
  const json of_images = report({path("real")}, "FID,O-FID");
  const json of_reference = report({reference(features())}, "FID,O-FID");
  EXPECT_NEAR(fid(of_reference), fid(of_images), 1e-6);
  EXPECT_EQ(of_reference["metrics"]["FID"]["unverified"], true);
  EXPECT_EQ(of_reference["metrics"]["O-FID"]["value"], of_images["metrics"]["O-FID"]["value"]);
  EXPECT_FALSE(of_reference["metrics"]["O-FID"].contains("unverified"));
}

/// The metrics that need each real image's features.
constexpr const char* kOfRows = "KID,MMD";

void expect_equal_values(const json& a, const json& b) {
  for (const auto& [key, entry] : a["metrics"].items())
    EXPECT_EQ(entry["value"], b["metrics"][key]["value"]) << key;
}

TEST_F(RealSources, features_of_a_folder_of_a_store_and_of_a_file_are_the_same_rows) {
  const json of_images = report({path("real")}, kOfRows);
  EXPECT_EQ(signature_field(of_images, "features.rows"), "20");
  EXPECT_EQ(signature_field(of_images, "features.real"), "");
  EXPECT_EQ(of_images["inputs"]["real"]["sets"]["features.rows"]["verified"], true);
  EXPECT_EQ(of_images["metrics"]["KID"]["n_real"], 20);
  const Outcome made = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--metrics",
                                  "fidelity", "--store", path("rows"), "--output", path("moments.npz")});
  ASSERT_EQ(made.code, 0) << made.err;
  const json of_store = report({path("rows")}, kOfRows);
  expect_equal_values(of_store, of_images);
  EXPECT_EQ(of_store["signature"], of_images["signature"]);
  write_rows("reps.npz", "reps", features().to(at::kDouble));
  const json of_file = report({path("reps.npz")}, kOfRows);
  expect_equal_values(of_file, of_images);
  EXPECT_EQ(of_file["metrics"]["MMD"]["unverified"], true);
  EXPECT_EQ(signature_field(of_file, "features.rows"), "20 unverified");
}

TEST_F(RealSources, of_unknown_origin_are_a_warning_even_if_quiet) {
  write_rows("reps.npz", "reps", features());
  const Outcome outcome = run({path("reps.npz")}, "FID,FD");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning: real statistics " + path("reps.npz") +
                                     ": do not state their network and preparation; FID, FD are wrong if "));
  EXPECT_THAT(run({path("real")}).err, Not(HasSubstr("real statistics")));
}

TEST_F(RealSources, moments_do_not_replace_rows) {
  const Outcome made = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--metrics",
                                  "fidelity", "--output", path("moments.npz")});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("statistics cannot serve KID, MMD"));
  EXPECT_THAT(
      refusal({path("moments.npz")}, 2, "KID"),
      HasSubstr("KID: needs the features of each real image from inception.pt; the real statistics contain "
                "none (--real DIR, a folder of images or a store made by tise-eval stats)"));
  const json group = report({path("moments.npz")}, "fidelity");
  EXPECT_TRUE(group["metrics"]["FD"]["value"].is_number());
  EXPECT_EQ(group["metrics"]["KID"]["value"], nullptr);
  EXPECT_THAT(std::string(group["metrics"]["MMD"]["reason"]),
              HasSubstr("the real statistics contain none (--real DIR, a folder of images or a store made"));
  EXPECT_THAT(refusal({}, 2, "fidelity"), HasSubstr("FD: no real images given (--real DIR or FILE)"));
  EXPECT_THAT(refusal({}, 2, "KID"),
              HasSubstr("KID: no real images given (--real DIR, a folder of images or"));
  report({path("moments.npz")}, "fidelity", {"--store", path("store")});
  const json merged = report_of(tise_eval({"merge", path("store"), "--metrics", "fidelity", "--quiet"}));
  EXPECT_EQ(merged["metrics"]["FD"]["value"], group["metrics"]["FD"]["value"]);
  EXPECT_EQ(merged["metrics"]["KID"]["value"], nullptr);
  const Outcome named = tise_eval({"merge", path("store"), "--metrics", "KID"});
  EXPECT_EQ(named.code, 2);
  EXPECT_THAT(named.err, HasSubstr("KID: not computed by the run that made the stores: needs the features"));
}

TEST_F(RealSources, keep_the_moments_of_the_metrics_asked_for_alone) {
  const Outcome made = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--metrics",
                                  "FD@views,KID@views", "--output", path("moments.npz")});
  EXPECT_THAT(made.err, AllOf(HasSubstr("statistics for FD@views"), Not(HasSubstr("FID@views"))));
}

TEST_F(RealSources, of_other_tools_name_an_archive_of_their_width_as_a_possibility) {
  const at::Tensor rows = at::ones({5, 64});
  testing::write_npz(path("reps.npz"), {{"reps", npy("<f4", shape_of(rows), bytes_of(rows))}});
  EXPECT_THAT(refusal({path("real"), path("reps.npz")}, 3, "FD,FD@views"),
              HasSubstr("have 128; if views.pt made it, pass --real views=" + path("reps.npz")));
}

TEST_F(RealSources, that_have_nothing_for_a_group_are_wrong_usage) {
  const Outcome made = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--metrics", "FID",
                                  "--output", path("moments.npz")});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(refusal({path("moments.npz")}, 2, "IS,fidelity@views"),
              HasSubstr("FD@views: the real statistics contain none for views.pt (" + path("moments.npz") +
                        " is for FID's network; make them with tise-eval stats --metrics FD@views"));
}

TEST_F(RealSources, invalid_rows_are_refused_before_anything_is_encoded) {
  const at::Tensor rows = features();
  const at::Tensor mu = rows.to(at::kDouble).mean(0);
  const at::Tensor sigma = at::cov(rows.to(at::kDouble).t());
  const auto refused = [&](const std::string& shape, const std::string& bytes) {
    testing::write_npz(path("both.npz"), {{"mu", npy("<f8", shape_of(mu), bytes_of(mu))},
                                          {"sigma", npy("<f8", shape_of(sigma), bytes_of(sigma))},
                                          {"reps", npy("<f4", shape, bytes)}});
    return refusal({path("both.npz")}, 3, "KID");
  };
  EXPECT_THAT(refused("()", std::string(4, '\0')), HasSubstr("\"reps\": expected rows [N, F], got "));
  EXPECT_THAT(refused("(8,)", std::string(32, '\0')), HasSubstr("expected rows [N, F]"));
  EXPECT_THAT(refused("(2, 3)", std::string(24, '\0')),
              HasSubstr("its features have 3 dimensions, but those of"));
  write_rows("good.npz", "reps", rows);
  EXPECT_EQ(run({path("good.npz")}, "KID").code, 0);
}

TEST_F(RealSources, that_have_both_serve_fd_with_moments_and_kid_with_rows) {
  const json of_images = report({path("real")}, "FD,KID");
  const json of_reference = report({reference(features())}, "FD,KID");
  EXPECT_EQ(of_reference["metrics"]["FD"]["unverified"], true);
  EXPECT_EQ(of_reference["metrics"]["KID"]["value"], of_images["metrics"]["KID"]["value"]);
  EXPECT_FALSE(of_reference["metrics"]["KID"].contains("unverified"));
  write_rows("others.npz", "reps", features() + 1.0);
  const json both = report({path("others.npz"), path("real")}, "FD,KID");
  EXPECT_NE(both["metrics"]["FD"]["value"], of_images["metrics"]["FD"]["value"]);
  EXPECT_EQ(both["metrics"]["KID"]["value"], of_images["metrics"]["KID"]["value"]);
  const json named = report({"inception=" + path("others.npz"), path("real")}, "KID");
  EXPECT_NE(named["metrics"]["KID"]["value"], of_images["metrics"]["KID"]["value"]);
}

TEST_F(RealSources, statistics_for_another_network_are_given_by_its_name) {
  const fs::path shapes = fs::path(TISE_SOURCE_DIR) / "models/shapes";
  fs::create_directory(path("models"));
  fs::create_symlink(shapes / "inception.pt", path("models/inception.pt"));
  testing::save(testing::encoder_module(), testing::encoder_card(), path("models/enc.pt"));
  const Arguments models{"--models", path("models")};
  const auto over = [&](const Arguments& real) {
    Arguments arguments{"--images",    path("images"), "--quiet",     "--metrics",
                        "FID,FID@enc", "--models",     path("models")};
    for (const std::string& one : real) arguments.insert(arguments.end(), {"--real", one});
    return tise_eval(arguments);
  };
  const json of_images = report_of(over({path("real")}));
  std::vector<at::Tensor> rows;
  Arguments store{"--images",     path("images"), "--quiet",    "--metrics", "FID@enc",  "--models",
                  path("models"), "--real",       path("real"), "--store",   path("enc")};
  EXPECT_EQ(tise_eval(store).code, 0);
  store::Reader({path("enc/real")})
      .for_each_chunk("enc", {"features"}, [&](std::size_t, const store::Chunk& chunk) {
        rows.push_back(chunk.tensor("features").clone());
      });
  write_rows("enc.npz", "reps", at::cat(rows));
  const json named = report_of(over({path("real"), "enc=" + path("enc.npz")}));
  EXPECT_NEAR(named["metrics"]["FID@enc"]["value"], of_images["metrics"]["FID@enc"]["value"].get<double>(),
              1e-9);
  EXPECT_EQ(named["metrics"]["FID"], of_images["metrics"]["FID"]);
  EXPECT_EQ(named["inputs"]["real"]["others"], json::array({"enc=" + path("enc.npz")}));
  EXPECT_EQ(named["metrics"]["FID@enc"]["unverified"], true);
  // Without a name, they are for the network that FID uses.
  EXPECT_THAT(over({path("enc.npz")}).err, HasSubstr("--real enc=FILE"));
}

TEST_F(RealSources, of_a_network_that_no_metric_reads_are_wrong_usage) {
  write_rows("reps.npz", "reps", at::ones({4, 3}));
  EXPECT_THAT(refusal({path("real"), "dinov2=" + path("reps.npz")}, 2),
              HasSubstr("no metric of this run uses it; --metrics FID@dinov2 would"));
}

TEST_F(RealSources, of_a_network_whose_metrics_read_no_real_images_are_wrong_usage) {
  write_rows("reps.npz", "reps", at::ones({4, 128}));
  EXPECT_THAT(refusal({path("real"), "clip=" + path("reps.npz")}, 2, "CLIP-S,FID"),
              HasSubstr("no metric of this run uses it"));
  EXPECT_THAT(refusal({"inception="}, 2), HasSubstr("no file after the ="));
}

TEST_F(RealSources, given_twice_for_the_same_thing_are_refused) {
  const std::string ours = statistics();
  write_rows("reps.npz", "reps", features());
  EXPECT_THAT(
      refusal({ours, path("reps.npz")}, 3),
      HasSubstr("FID could use these or " + ours + "; pass only one, or choose with --real inception=FILE"));
  EXPECT_EQ(run({ours, "inception=" + path("reps.npz")}).code, 0);
  EXPECT_THAT(refusal({path("real"), path("images")}, 3), HasSubstr("--real already names real images"));
  EXPECT_THAT(refusal({"inception=" + path("real")}, 3), HasSubstr("can be passed for one archive"));
}

TEST_F(RealSources, invalid_rows_are_refused) {
  const auto about = [&](const at::Tensor& rows) {
    write_rows("reps.npz", "reps", rows);
    return refusal({path("reps.npz")}, 3);
  };
  EXPECT_THAT(about(at::ones({4})), HasSubstr("\"reps\": expected rows [N, F], got float32 [4]"));
  EXPECT_THAT(about(at::ones({1, 4})), HasSubstr("\"reps\" has 1 row; covariance needs 2"));
  EXPECT_THAT(about(at::full({4, 4}, NAN)), HasSubstr("\"reps\" has a value that is not finite"));
  testing::write_npz(path("reps.npz"), {{"reps", npy("<f4", "(9, 4)", "short")}});
  EXPECT_THAT(refusal({path("reps.npz")}, 3), HasSubstr("\"reps\": truncated"));
  testing::write_npz(path("reps.npz"), {{"other", npy("<f4", "(1,)", "1234")}});
  EXPECT_THAT(refusal({path("reps.npz")}, 3), HasSubstr("no array \"mu\""));
}

TEST_F(RealSources, a_store_from_stats_gives_what_its_images_give) {
  statistics({"--store", path("rows")});
  const json of_images = report({path("real")}, "FID,O-FID");
  const json of_store = report({path("rows")}, "FID,O-FID");
  EXPECT_EQ(of_store["metrics"], of_images["metrics"]);
  EXPECT_EQ(of_store["signature"], of_images["signature"]);
  EXPECT_EQ(of_store["inputs"]["real"]["sizes"], of_images["inputs"]["real"]["sizes"]);
  fs::remove_all(path("real"));  // the images are no longer needed
  EXPECT_EQ(report({path("rows")}, "FID")["metrics"]["FID"], of_images["metrics"]["FID"]);
}

TEST_F(RealSources, a_store_without_the_rows_or_with_others_is_refused) {
  statistics({"--store", path("rows"), "--metrics", "FID"});
  EXPECT_THAT(refusal({path("rows")}, 3, "FID,O-FID"), HasSubstr("maskrcnn rows of its images are missing"));
  const Outcome outcome = run({path("rows")}, "FID", {"--transform", "square"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("rows were made with transform none, but this run uses \"square\""));
}

TEST_F(RealSources, a_store_of_real_rows_is_merged_and_locked_against_writers_meanwhile) {
  statistics({"--store", path("rows")});
  const json whole = report({path("rows")}, "FID", {"--store", path("run")});
  EXPECT_EQ(report_of(tise_eval({"merge", path("run"), "--metrics", "FID"}))["metrics"], whole["metrics"]);
  const auto held = store::hold_shared(path("rows"));
  const auto also = store::hold_shared(path("rows"));
  EXPECT_EQ(report({path("rows")})["metrics"], whole["metrics"]);
  const Outcome outcome = tise_eval({"stats", "--models", "shapes", "--images", path("real"), "--output",
                                     path("again.npz"), "--store", path("rows")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("in use by a run that is reading it"));
}

TEST_F(RealSources, a_store_of_a_part_or_of_generated_images_is_refused) {
  EXPECT_EQ(run({path("real")}, "FID", {"--shard", "0/2", "--store", path("part")}).code, 0);
  EXPECT_THAT(refusal({path("part/real")}, 3), HasSubstr("holds only part 0 of 2"));
  EXPECT_THAT(refusal({path("part")}, 3),
              HasSubstr("holds generated images; its real images may be in " + path("part/real")));
}

TEST_F(RealSources, a_store_records_which_images_were_skipped) {
  testing::write_file(path("real/zzz.png"), "no picture");
  statistics({"--store", path("rows"), "--on-bad-image", "skip"});
  const json of_store = report({path("rows")});
  EXPECT_EQ(of_store["inputs"]["real"]["skipped"].size(), 1U);
  EXPECT_EQ(of_store["metrics"]["FID"]["n_real"], 20);
}

TEST_F(RealSources, an_array_called_arr_0_that_is_not_images_leaves_the_moments) {
  const at::Tensor rows = features().to(at::kDouble);
  const at::Tensor mu = rows.mean(0);
  const at::Tensor sigma = at::cov(rows.t());
  testing::write_npz(path("mixed.npz"), {{"arr_0", npy("<f8", shape_of(rows), bytes_of(rows))},
                                         {"mu", npy("<f8", shape_of(mu), bytes_of(mu))},
                                         {"sigma", npy("<f8", shape_of(sigma), bytes_of(sigma))}});
  EXPECT_NEAR(fid(report({path("mixed.npz")})), fid(report({path("real")})), 1e-6);
}

TEST_F(RealSources, statistics_of_the_generated_images_are_noticed_whatever_else_is_given) {
  Arguments stats{"stats",    "--models",     "shapes",   "--metrics",    "FID",
                  "--images", path("images"), "--output", path("own.npz")};
  EXPECT_EQ(tise_eval(stats).code, 0);
  const json report_with_rows = report({path("real"), path("own.npz")}, "FID,O-FID");
  EXPECT_THAT(report_with_rows["warnings"].dump(), HasSubstr("24 of 24 images are byte-for-byte copies"));
}

TEST_F(RealSources, parts_with_statistics_for_all_metrics_are_merged_without_the_images) {
  const std::string ours = statistics();
  for (const char* part : {"0/2", "1/2"})
    EXPECT_EQ(
        run({path("real"), ours}, "FID", {"--shard", part, "--store", path(std::string("part") + part[0])})
            .code,
        0);
  fs::remove_all(path("real"));
  const Outcome merged = tise_eval({"merge", path("part0"), path("part1")});
  EXPECT_EQ(report_of(merged)["metrics"]["FID"]["n_real"], 20);
  fs::remove(ours);
  const Outcome gone = tise_eval({"merge", path("part0"), path("part1")});
  EXPECT_EQ(gone.code, 3);
  EXPECT_THAT(gone.err, HasSubstr("no such file; pass --real FILE if it was moved"));
}

TEST_F(RealSources, the_runs_own_store_is_not_that_of_its_real_images) {
  statistics({"--store", path("rows")});
  const Outcome outcome = run({path("rows")}, "FID", {"--store", path("rows")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--store and --real are the same store"));
}

TEST_F(RealSources, are_merged_from_several_statistics_and_images) {
  const at::Tensor rows = features();
  write_rows("reps.npz", "reps", rows);
  const json whole =
      report({path("real"), "inception=" + path("reps.npz")}, "FID,O-FID", {"--store", path("run")});
  EXPECT_EQ(whole["metrics"]["FID"]["unverified"], true);
  fs::remove_all(path("real"));
  EXPECT_EQ(report_of(tise_eval({"merge", path("run"), "--metrics", "FID,O-FID"}))["metrics"],
            whole["metrics"]);
}

}  // namespace
}  // namespace tise::cli
