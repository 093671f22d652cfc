#pragma once

#include <filesystem>
#include <string>

#include "cli/demo.h"

namespace tise::testing {

/// A folder with three images, their captions, and the results of a run over them: `report.json`,
/// `samples.jsonl` and the finished store `store`. Anyone may write to the folder.
class SmallRun {
 public:
  SmallRun() {
    namespace fs = std::filesystem;
    fs::permissions(folder_.path(), fs::perms::all);
    unsigned seed = 0;
    for (const char* name : {"a", "b", "c"}) {
      write_picture(path(std::string("images/") + name + ".png"), seed++, 64, 64);
      write_picture(path(std::string("real/") + name + ".png"), seed++, 64, 64);
    }
    write_file(path("captions.json"), R"({"a": "a red circle", "b": "two blue squares", "c": "a star"})");
    write_file(path("references.json"), R"({"a": ["a circle"], "b": ["squares"], "c": ["a star"]})");
    write_file(path("labels.json"), R"({"a": "0", "b": "1", "c": "2"})");
  }

  /// Makes the report, the samples and the store.
  void finish() const {
    const Outcome outcome = tise_eval(
        run({"--store", path("store"), "--output", path("report.json"), "--samples", path("samples.jsonl")}));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Arguments for CLIP-S of its images, or of those in another place.
  Arguments run(const Arguments& more = {}, const std::string& images = "") const {
    Arguments arguments{"--models",
                        "shapes",
                        "--threads",
                        "1",
                        "--quiet",
                        "--metrics",
                        "CLIP-S",
                        "--images",
                        images.empty() ? path("images") : images,
                        "--captions",
                        path("captions.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

 private:
  const TempFolder folder_;
};

}  // namespace tise::testing
