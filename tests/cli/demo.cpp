#include "demo.h"

#include <functional>

namespace tise::testing {
namespace {

namespace fs = std::filesystem;

std::size_t state_of(const fs::path& file) {
  return std::hash<std::string>()(file.string() + ' ' +
                                  std::to_string(fs::last_write_time(file).time_since_epoch().count()));
}

/// A hash of the program and all the files that it reads, independent of their order.
std::size_t state_of_the_demo() {
  std::size_t state = state_of(TISE_EVAL);
  for (const fs::path& folder : {fs::path(demo("")), fs::path(TISE_SOURCE_DIR) / "models" / "shapes"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) state += state_of(entry.path());
    }
  }
  return state;
}

}  // namespace

std::string made_once(const std::string& name, const Arguments& arguments) {
  static const std::size_t kState = state_of_the_demo();
  const fs::path folder = fs::path(TISE_EVAL).parent_path() / "tests" / "made";
  const fs::path file = folder / (std::to_string(kState) + "-" + name);
  if (fs::exists(file)) return file.string();  // it gets its name once it is complete
  fs::create_directories(folder);
  for (const auto& other : fs::directory_iterator(folder)) {
    const bool outdated = other.path() != file && other.path().filename().string().ends_with("-" + name);
    if (outdated) fs::remove(other);
  }
  Arguments run = arguments;
  run.insert(run.end(), {"--output", file.string()});
  const Outcome outcome = tise_eval(run);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return file.string();
}

}  // namespace tise::testing
