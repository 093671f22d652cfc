// The models that are there: kind, name, hash; with --verify each answers its card's probe.

#include <iomanip>
#include <iostream>

#include "commands.h"
#include "tise/base/concat.h"

namespace tise::cli {
namespace {

/// One archive's line; says whether it is as it should be.
bool show(const models::Archive& archive, bool verify, c10::Device device) {
  std::string verdict;
  bool good = true;
  if (verify) {
    const auto difference = models::verify(archive, device);
    good = difference && *difference <= models::kVerifyTolerance;
    verdict = !difference ? "  not verified: the card has no probe"
                          : concat("  ", good ? "verified" : "CHANGED", ": differs by ", std::setprecision(2),
                                   *difference, " from its export");
  }
  std::cout << std::left << std::setw(22) << archive.path.filename().string() << std::setw(11)
            << models::to_string(archive.card.kind) << std::setw(26) << archive.card.name << "  "
            << archive.sha256 << verdict << "\n";
  return good;
}

}  // namespace

ExitCode list_models(const ModelsOptions& options, World world) {
  const auto folder = models::find_models_folder(options.engine.models);
  const c10::Device device = models::parse_device(options.engine.device);
  world.console.info("models in " + folder.string());
  std::size_t seen = 0;
  std::size_t bad = 0;
  for (const char* file :
       {"clip.pt", "inception.pt", "inception_fid.pt", "inception_objects.pt", "maskrcnn.pt", "counter.pt"}) {
    if (!std::filesystem::exists(folder / file)) continue;
    ++seen;
    if (!show(models::open_archive(folder / file, std::nullopt), options.verify, device)) ++bad;
  }
  std::cout << std::flush;
  if (seen == 0) throw ModelError("models " + folder.string() + ": no archive there");
  if (bad > 0)
    throw ModelError(concat("models ", folder.string(), ": ", bad, " of ", seen, " could not be verified"));
  return ExitCode::kOk;
}

}  // namespace tise::cli
