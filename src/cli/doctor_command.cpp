// `tise-eval doctor`: shows what is installed, and what each metric is missing.

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>
#include <set>

#include "commands.h"
#include "flags.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/image/decode.h"
#include "tise/metrics/registry.h"
#include "tise/models/kind.h"
#include "tise/models/machine.h"
#include "tise/report/report.h"
#include "tise/run/archives.h"
#include "tise/text/tokenizer.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

std::string gibibytes(double bytes) {
  return concat(std::fixed, std::setprecision(1), bytes / (1 << 30), " GiB");
}

/// Prints a name in a column, followed by text.
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
                     machine.multiplies_bf16 ? ", supports bfloat16 (--precision auto: bf16)" : "", ", ",
                     gibibytes(pages * static_cast<double>(::sysconf(_SC_PAGESIZE)))));
  for (std::size_t i = 0; i < machine.gpus.size(); ++i) {
    line(concat("cuda:", i),
         concat(machine.gpus[i].name, ", ", gibibytes(static_cast<double>(machine.gpus[i].bytes))));
  }
  if (machine.gpus.empty()) line("cuda", "none: " + machine.no_gpu);
}

/// Prints the line of an archive that is missing.
void missing(const std::string& stem) {
  line(stem + ".pt", concat("missing, needed for ", joined(run::metrics_waiting_for(stem))), 24);
}

/// Prints an archive's line. Returns what is wrong with it, empty if nothing is.
std::string about(const fs::path& folder, const std::string& stem) {
  const std::string file = stem + ".pt";
  try {
    if (!models::holds(folder, file)) {
      missing(stem);
      return {};
    }
    if (run::is_foreign(folder, stem)) {
      line(file, run::kForeign, 24);
      return {};
    }
    const models::Archive archive = models::open_archive(folder / file, nullptr);
    const std::vector<std::string> named = run::metrics_on_request(folder, stem, archive);
    line(file,
         concat(archive.card.name, ", ", archive.card.kind->name, ", sha256 ", archive.sha256.substr(0, 12),
                "…", named.empty() ? "" : "; on request for " + joined(named)),
         24);
    return {};
  } catch (const ModelError& error) {
    line(file, concat("BROKEN: ", error.what()), 24);
    return error.what();
  }
}

/// The flags that give a metric the inputs it needs, apart from the models.
std::string inputs_of(const run::Planned& planned) {
  const metrics::Metric& metric = planned.metric();
  std::vector<std::string> flags{"--images"};
  if (metric.items.captions) flags.emplace_back("--captions");
  if (metric.items.references) flags.emplace_back("--references (or references among the captions)");
  if (metric.reads_real())
    flags.emplace_back(metric.real == metrics::OfReal::kRows ? "--real (images, a store or rows)" : "--real");
  for (const metrics::Setting* setting : metric.settings) {
    if (setting->of_card != nullptr && !planned.own().archive->card.temperature)
      flags.push_back(concat(setting->flag, " (the card has none)"));
  }
  return joined(flags);
}

/// Prints whether each metric can be computed. Returns how many can.
std::size_t readiness(run::Archives& archives) {
  std::size_t ready = 0;
  std::cout << "metrics\n";
  for (const metrics::Metric* metric : metrics::registry()) {
    run::Planned planned{{metric, ""}};
    try {
      planned.reason = archives.cast(planned);
    } catch (const ModelError& error) {
      planned.reason = error.what();
    }
    line(planned.key(), planned.is_computed() ? "ready, given " + inputs_of(planned) : planned.reason);
    if (planned.is_computed()) ++ready;
  }
  return ready;
}

/// Finds the models folder. Before it throws ModelError, prints which archives are needed.
fs::path models_folder(const run::Encoding& encoding) {
  try {
    fs::path folder = models::find_models_folder(encoding.models);
    std::cout << "models in " << printable_line(folder.string()) << "\n";
    return folder;
  } catch (const ModelError&) {
    std::cout << "models\n";
    for (const std::string& stem : run::archives_of_interest()) missing(stem);
    std::cout << std::flush;
    throw;
  }
}

ExitCode doctor(const run::Encoding& encoding) {
  const models::Machine machine = models::describe_machine();
  versions(machine);
  devices(machine);
  std::cout << std::flush;
  models::parse_devices(encoding.device);  // throws if one can't be used
  const fs::path folder = models_folder(encoding);
  std::vector<std::string> broken;
  for (const std::string& stem : run::archives_of_interest(folder)) {
    std::string trouble = about(folder, stem);
    if (!trouble.empty()) broken.push_back(std::move(trouble));
  }
  run::Archives archives(encoding.models);
  const std::size_t ready = readiness(archives);
  std::cout << std::flush;
  if (!broken.empty()) throw ModelError(joined(broken, "; "));
  if (ready == 0) throw ModelError(concat("models ", folder.string(), ": no metric can be computed"));
  return ExitCode::kOk;
}

}  // namespace

void add_doctor(CommandLine& line) {
  const auto encoding = std::make_shared<run::Encoding>();
  CLI::App& command = line.add(
      "doctor", "show versions, devices and installed models, and what each metric is missing",
      "tise-eval doctor\ntise-eval doctor --models models", [encoding](World) { return doctor(*encoding); });
  add_models_folder(command, encoding->models, "folder of clip.pt, inception.pt, maskrcnn.pt, or `shapes`");
  add_device(command, *encoding);
  add_config(command, line);
}

}  // namespace tise::cli
