// `tise-eval annotate`, run as from a user's shell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "models/tiny_archives.h"
#include "support/pictures.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "tise/data/captions.h"

namespace tise::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::TempFolder;
using testing::tise_eval;
using testing::write_file;

class Annotate : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string captions(const std::string& content) const {
    write_file(folder_ / "captions.json", content);
    return path("captions.json");
  }
  /// A models folder with a detector that knows these labels.
  std::string detector(const nlohmann::ordered_json& labels, const nlohmann::ordered_json& synonyms) const {
    nlohmann::ordered_json card = testing::inception_card();
    card["kind"] = "detector";
    card["labels"] = labels;
    card["synonyms"] = synonyms;
    std::filesystem::create_directory(folder_ / "models");
    testing::save(testing::inception_module(), card, folder_ / "models/maskrcnn.pt");
    return path("models");
  }

  TempFolder folder_;
};

TEST_F(Annotate, uses_cocos_classes_without_a_detector) {
  const Outcome outcome =
      tise_eval({"annotate", "--captions", captions(R"({"a.png": "Two dogs on a bench", "b.png": "fog"})")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      R"({"image":"a.png","caption":"Two dogs on a bench","position":"on","opposite":"Two dogs under a bench",)"
      R"("counts":{"bench":1,"dog":2},"objects":["dog","bench"]})"
      "\n"
      R"({"image":"b.png","caption":"fog","counts":{},"objects":[]})"
      "\n");
  EXPECT_THAT(outcome.err, HasSubstr("no models folder: the class names are COCO's 80"));
  EXPECT_THAT(outcome.err, HasSubstr("2 captions: 1 with a position, 1 with counts, 1 with objects"));
}

TEST_F(Annotate, takes_the_class_names_from_the_detectors_card) {
  const std::string models = detector({"N/A", "blob"}, {{"blob", {"drop"}}});
  const Outcome outcome =
      tise_eval({"annotate", "--models", models, "--captions",
                 captions(R"([{"image": "a", "caption": "a drop, two blobs and a dog"}])")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(R"("counts":{"blob":3},"objects":["blob"])"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("COCO")));
}

TEST_F(Annotate, keeps_what_items_state) {
  const std::string item =
      R"({"id":"7","image":"a","caption":"a dog on a box","position":"on","opposite":"a dog in a box",)"
      R"("counts":{"dog":1.5},"objects":["dog"],"references":["a dog"],"distractors":["a cat"],"metrics":["PA"]})"
      "\n";
  const Outcome outcome = tise_eval({"annotate", "--captions", captions(item)});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, item);
}

TEST_F(Annotate, its_output_read_as_captions_gives_the_same_annotations) {
  const std::string table = TISE_TEST_DATA "/text/data/annotated_captions.jsonl";
  nlohmann::ordered_json bare = nlohmann::ordered_json::object();
  for (const data::Item& item : data::read_captions(table).items) bare[item.image] = item.caption;
  const std::string given = captions(bare.dump());
  ASSERT_EQ(tise_eval({"annotate", "--captions", given, "--output", path("once.jsonl")}).code, 0);
  const Outcome again =
      tise_eval({"annotate", "--captions", path("once.jsonl"), "--output", path("twice.jsonl")});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, IsEmpty());
  std::ifstream once(path("once.jsonl"));
  std::ifstream twice(path("twice.jsonl"));
  const std::string first{std::istreambuf_iterator<char>(once), {}};
  const std::string second{std::istreambuf_iterator<char>(twice), {}};
  EXPECT_THAT(first, Not(IsEmpty()));
  EXPECT_EQ(first, second);
}

TEST_F(Annotate, an_unknown_class_is_bad_input_and_leaves_no_output) {
  const std::string given =
      captions(R"([{"image": "a", "caption": "two dogs on a bench", "counts": {"doggo": 2}}])");
  const Outcome outcome = tise_eval({"annotate", "--captions", given, "--output", path("out.jsonl")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("captions " + given +
                                     ": item 1 (\"two dogs on a b…\"): unknown class \"doggo\" in "
                                     "\"counts\"; the closest of the detector's 80 classes is \"dog\""));
  EXPECT_FALSE(std::filesystem::exists(path("out.jsonl")));
}

TEST_F(Annotate, a_named_models_folder_must_exist) {
  const Outcome outcome =
      tise_eval({"annotate", "--models", path("none"), "--captions", captions(R"({"a": "fog"})")});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("none"));
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(Annotate, a_broken_detector_is_a_model_error) {
  write_file(folder_ / "models/maskrcnn.pt", "no archive");
  const Outcome outcome =
      tise_eval({"annotate", "--models", path("models"), "--captions", captions(R"({"a": "fog"})")});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("maskrcnn.pt"));
}

TEST_F(Annotate, captions_are_required_and_must_exist) {
  EXPECT_EQ(tise_eval({"annotate"}).code, 2);
  EXPECT_EQ(tise_eval({"annotate", "--captions", path("none.json")}).code, 3);
}

}  // namespace
}  // namespace tise::cli
