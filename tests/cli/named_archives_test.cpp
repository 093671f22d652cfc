// Metrics by a named archive (FID@other, CLIP-S@clip2), in one pass with the default ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "cli/demo.h"
#include "models/tiny_archives.h"
#include "tise/metrics/statistics_file.h"
#include "tise/models/models.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using ::testing::ContainsRegex;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::report_of;
using testing::signature_field;
using testing::tise_eval;
using testing::values;

/// A models folder with the demo's archives, and a further tiny one for each role.
class NamedArchives : public ::testing::Test, protected testing::SmallWorld {
 protected:
  NamedArchives() : SmallWorld(24, 16) {
    const fs::path shapes = fs::path(TISE_SOURCE_DIR) / "models/shapes";
    fs::create_directory(folder_ / "models");
    for (const char* file : {"clip.pt", "inception.pt", "maskrcnn.pt"})
      fs::create_symlink(shapes / file, folder_ / "models" / file);
    testing::save(testing::clip_module(), testing::clip_card(), folder_ / "models/clip2.pt");
    testing::save(testing::inception_module(), testing::inception_card(), folder_ / "models/other.pt");
    testing::save(testing::encoder_module(), testing::encoder_card(), folder_ / "models/enc.pt");
    testing::save(testing::detector_module(testing::kTwoObjects), testing::detector_card(),
                  folder_ / "models/finder.pt");
  }
  Arguments run(const std::string& metrics, const Arguments& more = {}) const {
    Arguments arguments{"--models",   path("models"),        "--images",  path("images"),
                        "--captions", path("captions.json"), "--metrics", metrics};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json report(const std::string& metrics, const Arguments& more = {}) const {
    return report_of(tise_eval(run(metrics, more)));
  }
  Arguments real() const { return {"--real", path("real")}; }
  /// The demo detector's labels.
  static const std::vector<std::string>& labels() {
    static const std::vector<std::string> labels =
        models::open_archive(fs::path(TISE_SOURCE_DIR) / "models/shapes/maskrcnn.pt", nullptr).card.labels;
    return labels;
  }
  /// Saves a detector that always finds an object of the first label and, with a lower score, one of the
  /// second.
  void save_detector(const std::string& name, const std::vector<std::string>& labels) const {
    nlohmann::ordered_json card = testing::detector_card();
    card["labels"] = labels;
    testing::save(testing::detector_module(testing::kTwoObjects), card, folder_ / "models" / (name + ".pt"));
  }
};

TEST_F(NamedArchives, are_read_in_one_run_and_give_what_they_give_alone) {
  const std::string all =
      "CLIP-S,CLIP-S@clip2,RP,RP@clip2,PA@clip2,IS@other,FID,FID@other,FID@enc,FID@clip,O-FID@other";
  const json together = report(all, real());
  EXPECT_NE(together["metrics"]["CLIP-S"]["value"], together["metrics"]["CLIP-S@clip2"]["value"]);
  EXPECT_NE(together["metrics"]["RP"]["value"], together["metrics"]["RP@clip2"]["value"]);
  EXPECT_NE(together["metrics"]["FID"]["value"], together["metrics"]["FID@other"]["value"]);
  std::map<std::string, double> alone;
  for (const char* metrics : {"CLIP-S,RP,FID", "CLIP-S@clip2,RP@clip2,PA@clip2",
                              "IS@other,FID@other,O-FID@other", "FID@enc", "FID@clip"})
    alone.merge(values(report(metrics, real())));
  expect_same(values(together), alone, 1e-6);
  EXPECT_TRUE(together["metrics"]["FID@other"].contains("std_error"));
}

TEST_F(NamedArchives, give_what_an_archive_in_the_usual_place_gives) {
  const json named = report("CLIP-S@clip2,FID@other", real());
  fs::create_directory(folder_ / "usual");
  fs::copy(folder_ / "models/clip2.pt", folder_ / "usual/clip.pt");
  fs::copy(folder_ / "models/other.pt", folder_ / "usual/inception.pt");
  Arguments arguments = run("CLIP-S,FID", real());
  arguments[1] = path("usual");
  const json usual = report_of(tise_eval(arguments));
  EXPECT_EQ(named["metrics"]["CLIP-S@clip2"]["value"], usual["metrics"]["CLIP-S"]["value"]);
  EXPECT_EQ(named["metrics"]["FID@other"]["value"], usual["metrics"]["FID"]["value"]);
  EXPECT_EQ(signature_field(named, "clip@clip2"), signature_field(usual, "clip"));
  EXPECT_EQ(signature_field(named, "features@other"), signature_field(usual, "features"));
  EXPECT_EQ(signature_field(named, "features.set@other"), signature_field(usual, "features.set"));
}

TEST_F(NamedArchives, appear_in_signatures_next_to_the_usual_ones) {
  const std::string signature = report("CLIP-S,CLIP-S@clip2")["signature"];
  EXPECT_THAT(signature, HasSubstr("metrics:CLIP-S,CLIP-S@clip2|clip:shapes-clip@"));
  EXPECT_THAT(signature, HasSubstr("|clip@clip2:tiny@"));
  const Outcome explained = tise_eval({"explain", signature});
  EXPECT_THAT(explained.out, HasSubstr("The network of images and texts. Affects CLIP-S@clip2."));
  EXPECT_THAT(explained.out, Not(HasSubstr("Not a field")));
}

TEST_F(NamedArchives, have_their_rows_in_one_store_and_in_its_parts) {
  const std::string metrics = "CLIP-S,CLIP-S@clip2,RP@clip2,FID@other,SOA-I,O-IS";
  const json whole = report(metrics, {"--real", path("real"), "--store", path("store")});
  const json again = report(metrics, {"--real", path("real"), "--store", path("store")});
  EXPECT_EQ(again["run"]["images_per_second"], nullptr);  // nothing was encoded
  expect_same(values(again), values(whole), 1e-12);
  for (const char* part : {"0", "1"}) {
    const Outcome encoded =
        tise_eval(run(metrics, {"--real", path("real"), "--store", path(std::string("part") + part),
                                "--shard", std::string(part) + "/2"}));
    EXPECT_EQ(encoded.code, 0) << encoded.err;
  }
  const json merged = report_of(tise_eval({"merge", path("part0"), path("part1")}));
  expect_same(values(merged), values(whole), 1e-6);
  EXPECT_EQ(merged["signature"], whole["signature"]);
}

TEST_F(NamedArchives, have_sets_of_their_own_in_statistics) {
  const std::string file = path("real.npz");
  const Outcome made = tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                                  "FID,FID@other,FID@enc,O-FID,O-FID@other", "--output", file});
  EXPECT_EQ(made.code, 0) << made.err;
  const std::string metrics = "FID,FID@other,FID@enc,O-FID,O-FID@other";
  const json from_file = report(metrics, {"--real", file});
  expect_same(values(from_file), values(report(metrics, real())), 1e-6);
  EXPECT_EQ(from_file["inputs"]["real"]["sets"]["features@other"]["verified"], true);
  const Outcome lacking = tise_eval(run("FID@clip", {"--real", file}));
  EXPECT_EQ(lacking.code, 2);
  EXPECT_THAT(lacking.err, HasSubstr("FID@clip: the real statistics contain none for clip.pt (" + file +
                                     " is for FID's network, enc.pt, other.pt; make them with"));
}

TEST_F(NamedArchives, are_named_if_their_statistics_are_taken_for_those_of_fid) {
  const std::string file = path("other.npz");
  const Outcome made = tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                                  "FID@other", "--output", file});
  ASSERT_EQ(made.code, 0) << made.err;
  metrics::Statistics statistics = metrics::read_statistics(file);
  statistics.sets = {{"", statistics.sets.at("other")}};
  metrics::write_statistics(file, statistics);
  const Outcome refused = tise_eval(run("FID,FID@other", {"--real", file}));
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr(", other.pt; this run uses "));
  EXPECT_THAT(refused.err, HasSubstr("; for the metrics of other.pt alone pass --real other=" + file));
}

TEST_F(NamedArchives, of_the_wrong_kind_or_missing_are_named) {
  const Outcome wrong = tise_eval(run("FID@finder", real()));
  EXPECT_EQ(wrong.code, 4);
  EXPECT_THAT(wrong.err, HasSubstr("FID@finder: model archive "));
  EXPECT_THAT(wrong.err,
              HasSubstr("finder.pt: holds a model of kind detector; expected classifier or encoder or clip"));
  const Outcome group = tise_eval(run("fidelity@finder", real()));
  EXPECT_THAT(group.err, HasSubstr("FD@finder: model archive "));
  const Outcome only_one = tise_eval(run("CLIP-S@finder"));
  EXPECT_EQ(only_one.code, 4);
  EXPECT_THAT(only_one.err, HasSubstr("CLIP-S@finder: model archive "));
  EXPECT_THAT(only_one.err, HasSubstr("finder.pt: holds a model of kind detector; expected clip"));
  const Outcome missing = tise_eval(run("CLIP-S@clip3"));
  EXPECT_EQ(missing.code, 4);
  EXPECT_THAT(missing.err, HasSubstr("CLIP-S@clip3: no clip3.pt in"));
  EXPECT_THAT(missing.err, HasSubstr("; make it with tise-export (docs/models.md), or pass another folder"));
  const Outcome misspelt = tise_eval(run("CLIP-S@a/b"));
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("expected the name of an archive in the models folder after @"));
}

TEST_F(NamedArchives, without_maskrcnn_are_two_runs_if_their_labels_differ) {
  save_detector("det2", labels());
  save_detector("same", labels());
  save_detector("det3", {labels().rbegin(), labels().rend()});
  fs::remove(folder_ / "models/maskrcnn.pt");
  const Outcome differ = tise_eval(run("SOA-C@det2,CA@det3"));
  EXPECT_EQ(differ.code, 2);
  EXPECT_THAT(differ.err, HasSubstr("SOA-C@det2 and CA@det3: their models have different labels"));
  const json one = report("SOA-I@det2,CA@same");
  EXPECT_EQ(signature_field(one, "labels"), signature_field(one, "detector@det2"));
}

TEST_F(NamedArchives, that_do_not_know_a_class_of_the_labels_leave_it_out) {
  const json known = report("SOA-I@finder");  // it knows cats and dogs, which are not classes here
  EXPECT_EQ(known["metrics"]["SOA-I@finder"]["value"], nullptr);
  EXPECT_THAT(std::string(known["metrics"]["SOA-I@finder"]["reason"]), HasSubstr("the detector knows"));
  EXPECT_THAT(signature_field(report("SOA-I,SOA-I@finder"), "labels"), HasSubstr("shapes-maskrcnn@"));
}

TEST_F(NamedArchives, have_fields_that_cannot_be_confused) {
  fs::copy_file(folder_ / "models/other.pt", folder_ / "models/v1.set.pt");
  fs::copy_file(folder_ / "models/enc.pt", folder_ / "models/v1.pt");
  const json both = report("FID@v1,FID@v1.set", real());
  EXPECT_EQ(signature_field(both, "features.set@v1"), signature_field(both, "features.set@v1.set"));
  EXPECT_THAT(signature_field(both, "features@v1.set"), HasSubstr("tiny@"));
  EXPECT_THAT(
      tise_eval({"explain", both["signature"]}).out,
      HasSubstr("The network whose features are compared with those of real images. Affects FID@v1.set."));
}

TEST_F(NamedArchives, of_a_group_stand_for_its_metrics_by_each) {
  const json all = report("fidelity@enc,fidelity@clip,FID", real());
  EXPECT_EQ(all["metrics"].size(), 7U);
  for (const char* key : {"FD@enc", "KID@enc", "MMD@enc", "FD@clip", "KID@clip", "MMD@clip"})
    EXPECT_TRUE(all["metrics"][key]["value"].is_number()) << key;
  const json alone = report("KID@clip", real());
  EXPECT_EQ(alone["metrics"]["KID@clip"], all["metrics"]["KID@clip"]);
  EXPECT_EQ(report("fidelity", real())["metrics"]["FD"]["value"], all["metrics"]["FID"]["value"]);
  const Outcome none = tise_eval(run("fidelity@nowhere", real()));
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.err, HasSubstr("FD@nowhere: no nowhere.pt in"));
  const Outcome bag = tise_eval(run("bag@enc", real()));
  EXPECT_EQ(bag.code, 2);
  EXPECT_THAT(bag.err, HasSubstr("use fidelity@NAME"));
}

TEST_F(NamedArchives, cannot_have_names_that_stores_use) {
  for (const char* name : {"images", "pairs", "files"}) {
    fs::copy_file(folder_ / "models/other.pt", folder_ / "models" / (std::string(name) + ".pt"));
    const Outcome outcome = tise_eval(run(std::string("FID@") + name, real()));
    EXPECT_EQ(outcome.code, 4) << name;
    EXPECT_THAT(outcome.err, HasSubstr(".pt: this name is reserved by stores"));
  }
}

TEST_F(NamedArchives, find_their_objects_in_a_file_of_several) {
  const std::string file = path("real.npz");
  const std::string metrics = "O-FID,O-FID@other";
  const Outcome made = tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                                  "all," + metrics, "--output", file});
  EXPECT_EQ(made.code, 0) << made.err;
  const json of_one_file = report(metrics, {"--real", file});
  EXPECT_EQ(values(report(metrics, {"--real", file, "--real-objects", file})), values(of_one_file));
  EXPECT_EQ(values(of_one_file).size(), 2U);
  const std::string other = path("other.npz");
  EXPECT_EQ(tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                       "O-FID@other", "--output", other})
                .code,
            0);
  const json usual =
      report_of(tise_eval({"--models", path("models"), "--images", path("images"), "--real", other}));
  EXPECT_THAT(std::string(usual["metrics"]["O-FID"]["reason"]),
              HasSubstr("none for objects found by maskrcnn.pt with features from inception.pt"));
}

TEST_F(NamedArchives, that_are_not_requested_cannot_be_gates) {
  for (const Arguments& gate :
       {Arguments{"--fail-under", "CLIP-S@clip2=0.7"}, {"--fail-over", "FID@other=9"}}) {
    Arguments arguments{"--models",     path("models"), "--images",
                        path("images"), "--captions",   path("captions.json")};
    arguments.insert(arguments.end(), gate.begin(), gate.end());
    const Outcome outcome = tise_eval(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("is not among --metrics"));
  }
}

TEST_F(NamedArchives, are_scored_from_a_store_with_all_others) {
  report("all,CLIP-S@clip2", {"--store", path("store")});
  const json merged = report_of(tise_eval({"merge", path("store"), "--metrics", "all,CLIP-S@clip2"}));
  EXPECT_EQ(merged["metrics"].size(), 13U);
  const Outcome lacking = tise_eval({"merge", path("store"), "--metrics", "all,FID@other"});
  EXPECT_EQ(lacking.code, 2);
  EXPECT_THAT(lacking.err, HasSubstr("FID@other: the stores were not made for this metric"));
}

/// The metrics in a samples file.
std::set<std::string> keys_of(const std::string& samples) {
  std::ifstream file(samples);
  std::string line;
  std::getline(file, line);
  std::set<std::string> keys;
  const json first = json::parse(line);
  for (const auto& [key, metric] : first.at("run").at("metrics").items()) keys.insert(key);
  return keys;
}

TEST_F(NamedArchives, that_are_comparable_do_not_depend_on_what_else_was_computed) {
  save_detector("det2", labels());
  save_detector("det3", {labels().rbegin(), labels().rend()});
  std::vector<std::string> samples;
  const auto add = [&](const std::string& metrics) {
    samples.push_back(path(std::to_string(samples.size()) + ".jsonl"));
    Arguments more{"--samples", samples.back(), "--real", path("real")};
    report(metrics, more);
  };
  for (const char* metrics :
       {"all", "all,CLIP-S@clip2,FID@other,O-FID@other,IS@other,SOA-I@det2,CA@det3,CA@det2",
        "CLIP-S@clip2,RP", "FID@other,FID@enc", "SOA-I@det2", "CA@det3", "CA@det2,O-IS@other"})
    add(metrics);
  fs::remove(folder_ / "models/maskrcnn.pt");
  for (const char* metrics : {"SOA-I@det2,CA@det2", "CA@det3", "CA@det2,CLIP-S@clip2"}) add(metrics);

  std::size_t comparable = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t j = i + 1; j < samples.size(); ++j) {
      for (const std::string& key : keys_of(samples[i])) {
        if (!keys_of(samples[j]).contains(key)) continue;
        const Outcome outcome = tise_eval({"compare", samples[i], samples[j], "--metrics", key});
        if (outcome.code != 0) continue;
        ++comparable;
        const double difference =
            json::parse(outcome.out)["comparisons"][0]["metrics"][key]["difference"].get<double>();
        EXPECT_NEAR(difference, 0.0, 1e-5) << key << " of runs " << i << " and " << j;
      }
    }
  }
  EXPECT_GE(comparable, 20U);
}

TEST_F(NamedArchives, are_computed_with_all_others_when_ranked) {
  const Outcome other = tise_eval(run("all", {"--real", path("real"), "--output", path("other.json")}));
  EXPECT_EQ(other.code, 0) << other.err;
  const json ranked = report("all,FID@other", {"--real", path("real"), "--against", path("other.json")});
  EXPECT_TRUE(ranked["metrics"]["RS"]["value"].is_number());
  EXPECT_TRUE(ranked["metrics"]["FID@other"]["value"].is_number());
}

TEST_F(NamedArchives, are_null_if_a_store_is_scored_with_statistics_without_their_set) {
  const Outcome made = tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                                  "FID", "--output", path("real.npz")});
  ASSERT_EQ(made.code, 0) << made.err;
  report("FID,FID@other", {"--real", path("real"), "--store", path("store")});
  const json merged = report_of(tise_eval({"merge", path("store"), "--real", path("real.npz")}));
  EXPECT_TRUE(merged["metrics"]["FID"]["value"].is_number());
  EXPECT_TRUE(merged["metrics"]["FID@other"]["value"].is_null());
  EXPECT_EQ(merged["metrics"]["FID@other"]["reason"], "the real statistics contain none for other.pt");
  const Outcome named =
      tise_eval({"merge", path("store"), "--real", path("real.npz"), "--metrics", "FID@other"});
  EXPECT_EQ(named.code, 2);
  EXPECT_THAT(named.err, HasSubstr("FID@other: the real statistics contain none for other.pt"));
}

TEST_F(NamedArchives, are_offered_by_doctor) {
  const Outcome outcome = tise_eval({"doctor", "--models", path("models")});
  EXPECT_THAT(outcome.out,
              HasSubstr("; on request for IS@other, IS*@other, FID@other, O-IS@other, O-FID@other"));
  EXPECT_THAT(outcome.out,
              HasSubstr("; on request for CLIP-S@clip2, RefCLIP-S@clip2, FID@clip2, RP@clip2, PA@clip2"));
  EXPECT_THAT(outcome.out, HasSubstr("; on request for FID@enc, FD@enc, KID@enc, MMD@enc\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("inception\\.pt .*; on request for FD, KID, MMD\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("clip\\.pt .*; on request for FD@clip, KID@clip, MMD@clip\n"));
}

TEST_F(NamedArchives, may_be_gates_next_to_all_others) {
  const Outcome outcome = tise_eval(run("all,CLIP-S@clip2", {"--fail-under", "CLIP-S@clip2=2.4"}));
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("CLIP-S@clip2"));
  EXPECT_EQ(json::parse(outcome.out)["metrics"].size(), 13U);
}

}  // namespace
}  // namespace tise::cli
