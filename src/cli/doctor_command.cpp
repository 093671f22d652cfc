// What is here, and what which metric lacks.

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "commands.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/image/decode.h"
#include "tise/metrics/inception_score.h"
#include "tise/metrics/object_inception_score.h"
#include "tise/metrics/registry.h"
#include "tise/models/machine.h"
#include "tise/report/report.h"
#include "tise/text/tokenizer.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

std::string gibibytes(double bytes) {
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << bytes / (1 << 30) << " GiB";
  return text.str();
}

/// A name in a column, and what there is to say.
void line(const std::string& name, const std::string& text, std::size_t width = 14) {
  std::cout << "  " << name << std::string(std::max(width, name.size() + 2) - name.size(), ' ')
            << printable_line(text) << "\n";
}

void versions(const models::Machine& machine) {
  const report::Tool tool = report::this_tool();
  std::cout << "versions\n";
  line("tise-eval", concat(tool.version, " (", tool.commit, ")"));
  line("LibTorch", concat(machine.libtorch, ", loaded from ", machine.libtorch_folder.string()));
  line("OpenCV", image::opencv_version());
  line("ICU", text::icu_version());
}

void devices(const models::Machine& machine) {
  const double pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  std::cout << "devices\n";
  line("cpu", concat(::sysconf(_SC_NPROCESSORS_ONLN), " cores, ", machine.instructions,
                     machine.multiplies_bf16 ? ", multiplies bfloat16 (--precision auto: bf16)" : "", ", ",
                     gibibytes(pages * static_cast<double>(::sysconf(_SC_PAGESIZE)))));
  for (std::size_t i = 0; i < machine.gpus.size(); ++i) {
    line(concat("cuda:", i),
         concat(machine.gpus[i].name, ", ", gibibytes(static_cast<double>(machine.gpus[i].bytes))));
  }
  if (machine.gpus.empty()) line("cuda", "none: " + machine.no_gpu);
}

/// A model's line; what is wrong with it, where something is.
std::string about(const fs::path& path, std::string_view role, bool is_optional) {
  const std::string file = path.filename().string();
  try {
    if (!models::holds(path.parent_path(), file)) {
      if (!is_optional) line(file, concat("not there: ", role), 24);
      return {};
    }
    const models::Archive archive = models::open_archive(path, std::nullopt);
    line(file,
         concat(archive.card.name, ", ", models::to_string(archive.card.kind), ", sha256 ",
                archive.sha256.substr(0, 12), "…"),
         24);
    return {};
  } catch (const ModelError& error) {
    line(file, concat("BROKEN: ", error.what()), 24);
    return error.what();
  }
}

struct Role {
  const char* file;
  const char* words;
  bool is_optional;
};

constexpr Role kRoles[] = {
    {"clip.pt", "CLIP-S, RefCLIP-S, RP, PA", false},
    {"inception.pt", "IS, IS*, FID, O-IS, O-FID", false},
    {"inception_fid.pt", "", true},
    {"inception_objects.pt", "", true},
    {"maskrcnn.pt", "O-IS, O-FID, SOA-C, SOA-I, CA", false},
    {"counter.pt", "", true},
};

/// The flags that bring what a metric needs and the models don't have.
std::string inputs_of(const metrics::Metric& metric, const Engine& engine) {
  const metrics::Needs& needs = metric.needs;
  std::vector<std::string> flags{"--images"};
  if (needs.captions) flags.emplace_back("--captions");
  if (needs.references) flags.emplace_back("--references (or references among the captions)");
  if (needs.real || needs.real_objects) flags.emplace_back("--real");
  if (metric.key == metrics::kCalibratedInceptionScoreKey && !engine.archive("inception")->card.temperature) {
    flags.emplace_back("--temperature (the card has none)");
  }
  if (metric.key == metrics::kObjectInceptionScoreKey && !engine.crop_archive()->card.temperature) {
    flags.emplace_back("--object-temperature (the card has none)");
  }
  return joined(flags);
}

/// Says of each metric whether it can be computed; how many can.
std::size_t readiness(Engine& engine) {
  std::size_t ready = 0;
  std::cout << "metrics\n";
  for (const metrics::Metric& metric : metrics::registry()) {
    std::string lack;
    try {
      engine.find(metric.needs);
      lack = engine.missing(metric.needs);
    } catch (const ModelError& error) {
      lack = error.what();
    }
    line(std::string(metric.key), lack.empty() ? "ready, given " + inputs_of(metric, engine) : lack);
    if (lack.empty()) ++ready;
  }
  return ready;
}

}  // namespace

ExitCode doctor(const DoctorOptions& options, World world) {
  const models::Machine machine = models::describe_machine();
  versions(machine);
  devices(machine);
  std::cout << std::flush;
  models::parse_devices(options.engine.device);  // one that can't be used is said here
  const fs::path folder = models::find_models_folder(options.engine.models);
  std::cout << "models in " << printable_line(folder.string()) << "\n";
  std::vector<std::string> broken;
  for (const Role& role : kRoles) {
    std::string trouble = about(folder / role.file, role.words, role.is_optional);
    if (!trouble.empty()) broken.push_back(std::move(trouble));
  }
  Engine engine(options.engine, world);
  const std::size_t ready = readiness(engine);
  std::cout << std::flush;
  if (!broken.empty()) throw ModelError(joined(broken, "; "));
  if (ready == 0) throw ModelError(concat("models ", folder.string(), ": no metric can be computed"));
  return ExitCode::kOk;
}

}  // namespace tise::cli
