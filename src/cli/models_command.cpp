// `tise-eval models`: lists the installed models with kind, name and hash. With --verify, compares each with
// models.lock and runs its card's probe.

#include <iomanip>
#include <iostream>
#include <memory>

#include "apart.h"
#include "commands.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/utf8.h"
#include "tise/run/archives.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

struct ModelsOptions {
  run::Encoding encoding;
  bool verify = false;
  bool lock = false;
};

/// Whether an archive still gives what it gave when it was exported.
struct Verdict {
  bool good = true;
  std::string words;
};

Verdict run(const models::Archive& archive, c10::Device device) {
  const auto difference = models::verify(archive, device);
  if (!difference) return {false, "not verified: the card has no probe"};
  const bool good = *difference <= models::kVerifyTolerance;
  return {good, concat(good ? "verified" : "CHANGED", ": differs by ", std::setprecision(2), *difference,
                       " from its export")};
}

void print(const std::string& file, const std::string& kind, const std::string& name, const std::string& hash,
           const std::string& verdict) {
  std::cout << std::left << std::setw(21) << file << " " << std::setw(11) << kind << std::setw(26)
            << printable_line(name) << "  " << hash << (verdict.empty() ? "" : "  ") << verdict << "\n";
}

/// Prints an archive's line. Returns whether it is as it should be. A file that differs from models.lock
/// isn't opened: loading it would mean trusting it.
bool show(const fs::path& path, const std::string& hash, const std::optional<models::Hashes>& locked,
          bool verify, c10::Device device) {
  const std::string file = path.filename().string();
  const bool is_known = locked && locked->contains(file);
  if (!is_known && run::is_foreign(path.parent_path(), path.stem())) {
    print(file, "?", "", hash, run::kForeign);
    return true;
  }
  if (locked && verify && (!is_known || locked->at(file) != hash)) {
    print(file, "?", "", hash,
          is_known ? concat("DIFFERENT FILE: models.lock has ", locked->at(file)) : "NOT IN models.lock");
    return false;
  }
  const models::Archive archive = models::open_archive(path, nullptr, hash);
  const Verdict verdict = verify ? run(archive, device) : Verdict();
  print(file, std::string(archive.card.kind->name), archive.card.name, hash, verdict.words);
  return verdict.good;
}

ExitCode list_models(const ModelsOptions& options, World world) {
  const fs::path folder = models::find_models_folder(options.encoding.models);
  const c10::Device device = models::parse_devices(options.encoding.device).front();
  world.console.info("models in " + folder.string());
  models::Hashes hashes;
  models::Hashes to_lock;
  for (const std::string& stem : models::stems_in(folder)) {
    const std::string file = stem + ".pt";
    hashes[file] = models::hash_of_archive(folder / file);
    if (!run::is_foreign(folder, stem)) to_lock[file] = hashes[file];
  }
  if (hashes.empty())
    throw ModelError("models " + folder.string() + ": no archives in this folder; tise-export makes them");
  if (options.lock) {
    std::vector<NamedPath> archives;
    for (const auto& [file, hash] : to_lock) archives.push_back({"models", folder / file});
    check_apart({{"--lock", folder / models::kLockFile}}, archives);
    models::write_lock(folder, to_lock);
  }
  const auto locked = models::read_lock(folder);
  if (options.verify && !locked) {
    world.console.info(
        "no models.lock in this folder: hashes are not compared (tise-eval models --lock writes one)");
  }

  std::size_t bad = 0;
  for (const auto& [file, hash] : hashes) {
    if (!show(folder / file, hash, locked, options.verify, device)) ++bad;
  }
  if (options.verify && locked) {
    for (const auto& [file, hash] : *locked) {
      if (hashes.contains(file)) continue;
      print(file, "?", "", hash, "MISSING: models.lock lists it");
      ++bad;
    }
  }
  std::cout << std::flush;
  if (bad > 0) {
    throw ModelError(
        concat("models ", folder.string(), ": ", bad, " of ", hashes.size(), " could not be verified"));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_models(CommandLine& line) {
  const auto options = std::make_shared<ModelsOptions>();
  CLI::App& command =
      line.add("models", "list the installed models with their hashes; --verify also runs them",
               "tise-eval models --models models --verify",
               [options](World world) { return list_models(*options, world); });
  add(command, kComputing, "--verify", options->verify,
      "compare the hashes with models.lock, run each model and compare its output with that at export");
  add(command, kComputing, "--lock", options->lock,
      "write models.lock, the hashes that --verify will expect");
  add_models_folder(command, options->encoding.models,
                    "folder of clip.pt, inception.pt, maskrcnn.pt, or `shapes`");
  add_device(command, options->encoding);
  add_log(command, line);
}

}  // namespace tise::cli
