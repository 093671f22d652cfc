#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/pictures.h"
#include "support/program.h"
#include "support/temp_folder.h"

namespace tise::testing {

using Arguments = std::vector<std::string>;

inline Arguments demo_run(const std::string& checkpoint, const Arguments& more = {}) {
  Arguments arguments{"--models",       "shapes",     "--images",
                      demo(checkpoint), "--captions", demo("captions.json")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

inline nlohmann::json report_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return nlohmann::json::parse(outcome.out);
}

inline std::map<std::string, double> values(const nlohmann::json& report) {
  std::map<std::string, double> values;
  for (const auto& [key, entry] : report.at("metrics").items()) {
    if (entry.at("value").is_number()) values[key] = entry["value"];
  }
  return values;
}

/// A field of a report's signature; empty if it is missing.
inline std::string signature_field(const nlohmann::json& report, const std::string& key) {
  const std::string signature = "|" + report.at("signature").get<std::string>() + "|";
  const std::size_t at = signature.find("|" + key + ":");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size() + 2;
  return signature.substr(begin, signature.find('|', begin) - begin);
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

/// Path of what the program writes with `--output` for the demo world, kept next to the program. It is made
/// once for all tests, and again if the program, its demo models or the demo's files have changed.
std::string made_once(const std::string& name, const Arguments& arguments);

inline std::string real_statistics() {
  return made_once("real.npz", {"stats", "--models", "shapes", "--images", demo("real")});
}

/// The report of all metrics.
inline nlohmann::json demo_report(const std::string& checkpoint) {
  return read_json(made_once(checkpoint + ".json", demo_run(checkpoint, {"--real", real_statistics()})));
}

inline void expect_same(const std::map<std::string, double>& a, const std::map<std::string, double>& b,
                        double relative) {
  ASSERT_FALSE(a.empty());
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [key, value] : a) {
    ASSERT_TRUE(b.contains(key)) << key;
    EXPECT_NEAR(value, b.at(key), relative * std::abs(value)) << key;
  }
}

/// A folder with some of the demo's images (repeated under other names if there are too few), fewer real
/// images, and captions in a different order from the images.
class SmallWorld {
 public:
  static constexpr std::size_t kImages = 32;
  static constexpr std::size_t kRealImages = 24;

  explicit SmallWorld(std::size_t images = kImages, std::size_t real_images = kRealImages) {
    const nlohmann::json captions = read_json(demo("captions.json"));
    nlohmann::json some = nlohmann::json::array();
    std::filesystem::create_directory(folder_ / "images");
    for (std::size_t i = 0; i < images; ++i) {
      nlohmann::json item = captions[i % captions.size()];
      const std::filesystem::path original = demo("miscounting") + "/" + item["image"].get<std::string>();
      if (i >= captions.size()) {
        item["image"] = std::to_string(i) + original.extension().string();
        item.erase("id");
      }
      std::filesystem::copy(original, folder_ / "images" / item["image"]);
      some.insert(some.begin() + static_cast<std::ptrdiff_t>(i / 2), std::move(item));
    }
    write_file(folder_ / "captions.json", some.dump());
    std::filesystem::create_directory(folder_ / "real");
    const std::filesystem::directory_iterator there(demo("real"));
    const std::set<std::filesystem::path> all_real(begin(there), end(there));
    const auto count = static_cast<std::ptrdiff_t>(std::min(real_images, all_real.size()));
    std::for_each(all_real.begin(), std::next(all_real.begin(), count),
                  [&](const auto& path) { std::filesystem::copy(path, folder_ / "real" / path.filename()); });
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// A run over its images and captions.
  Arguments run_without_real(const Arguments& more = {}) const {
    Arguments arguments{"--models",     "shapes",     "--images",
                        path("images"), "--captions", path("captions.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// A run over it with all inputs that metrics need.
  Arguments run(const Arguments& more = {}) const {
    Arguments arguments = run_without_real({"--real", path("real")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// Makes statistics of its real images, with further flags, and returns their path.
  std::string statistics(const Arguments& more = {}) const {
    Arguments arguments{"stats",      "--models", "shapes",        "--images",
                        path("real"), "--output", path("real.npz")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = tise_eval(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return path("real.npz");
  }

 protected:
  const TempFolder folder_;
};

}  // namespace tise::testing
