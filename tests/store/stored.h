#pragma once

#include <functional>
#include <string>

#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/store/reader.h"
#include "tise/store/writer.h"

namespace tise::store {

inline Provenance made_with(const std::string& hash) {
  Provenance provenance;
  provenance.models["clip"] = {
      {"name", "ViT-B/32"}, {"sha256", hash}, {"input", {{"resize", "pillow-bicubic"}}}};
  return provenance;
}

/// The error's message, or `otherwise` if there was none.
inline std::string refusal(const std::function<void()>& use, const std::string& otherwise = "read") {
  try {
    use();
  } catch (const InputError& error) {
    return error.what();
  }
  return otherwise;
}

inline std::string refusal(const std::filesystem::path& folder, const Provenance& provenance) {
  return refusal([&] { const Writer writer(folder, provenance); }, "opened");
}

/// A store in a folder of its own.
struct TestStore {
  testing::TempFolder folder;
  Writer writer{folder.path(), made_with("aa")};

  std::filesystem::path operator/(const std::string& name) const { return folder / name; }
  /// Reads what is on disk.
  Reader rows() const { return Reader({folder.path()}); }
};

}  // namespace tise::store
