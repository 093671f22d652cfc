// A command must not write a file that it also reads, or write the same file twice. Which options are paths
// follows from the commands' own definitions, so that no command can forget the check: an option that names a
// file is an input unless it is listed here as an output.

#include "apart.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"
#include "tise/data/images.h"
#include "tise/models/models.h"
#include "tise/report/report.h"
#include "tise/run/run.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kWritten{"--output", "--samples", "--html", "--junit",
                                                   "--markdown"};
constexpr const char* kModels = "--models";
constexpr const char* kStore = "--store";
constexpr const char* kReal = "--real";

/// Adds the archives of the models folder, if it exists.
void add_archives_of(const std::optional<std::string>& named, std::vector<NamedPath>& inputs) {
  try {
    for (const fs::path& path : entries_of(models::find_models_folder(named), "models")) {
      if (path.extension() == ".pt") inputs.push_back({kModels, path});
    }
  } catch (const Error&) {  // the command reports it if it needs them
  }
}

/// The file that an output is written to, behind any links.
fs::path written_path(const fs::path& path) {
  try {
    return link_target(path, "output");
  } catch (const InputError&) {  // reported by the check that it can be written
    return path;
  }
}

bool is_store(const NamedPath& input) {
  std::error_code ignored;
  return input.flag == kStore || kind_of(input.path / "store.json", ignored) == PathKind::kFile;
}

bool is_report(const fs::path& path) {
  try {
    report::read_signature(path);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

/// Whether an output would replace part of an input folder.
bool is_part_of(const fs::path& output, const NamedPath& input) {
  std::error_code ignored;
  if (kind_of(input.path, ignored) != PathKind::kFolder || !lies_in(output, input.path)) return false;
  if (is_store(input)) return true;
  if (kind_of(output, ignored) != PathKind::kFile) return false;
  if (input.flag == "--over-time") return is_report(output);
  const std::string name = output.filename().string();
  return data::is_image_name(name) || data::is_archive_name(name) || data::is_renamed_image(output);
}

[[noreturn]] void refuse(const NamedPath& output, const NamedPath& input) {
  throw UsageError(concat(output.flag, " ", output.path.string(), " would replace what ", input.flag,
                          " reads (", input.path.string(), "); name another file"));
}

/// The report that the run writes may be in --against, which leaves it out.
bool may_be_one(const NamedPath& output, const NamedPath& input) {
  return output.flag == "--output" && input.flag == "--against";
}

void check_standard_input(const std::vector<NamedPath>& inputs) {
  const NamedPath* first = nullptr;
  for (const NamedPath& input : inputs) {
    if (input.path != kStandardStream) continue;
    // Captions may come with the images.
    if (first != nullptr && !(first->flag == "--images" && input.flag == "--captions")) {
      throw UsageError(concat(first->flag, " and ", input.flag, " both read standard input (-)"));
    }
    first = &input;
  }
}

}  // namespace

bool is_path(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.find("FILE") != std::string::npos || type.find("DIR") != std::string::npos;
}

void check_apart(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs) {
  std::map<std::string, const NamedPath*> written;
  for (const NamedPath& output : outputs) {
    const auto identity = identity_of(output.path);
    if (!identity) continue;
    const auto [other, is_new] = written.emplace(*identity, &output);
    if (!is_new && (output.path != kStandardStream || other->second->path != kStandardStream)) {
      throw UsageError(concat(other->second->flag, " and ", output.flag, " name the same file (",
                              output.path.string(), ")"));
    }
  }
  for (const NamedPath& input : inputs) {
    const auto identity = input.path == kStandardStream ? std::nullopt : identity_of(input.path);
    const auto same = identity ? written.find(*identity) : written.end();
    if (same != written.end() && !may_be_one(*same->second, input)) refuse(*same->second, input);
    for (const NamedPath& output : outputs) {
      if (!is_pipe_or_device(output.path) && is_part_of(written_path(output.path), input))
        refuse(output, input);
    }
  }
}

void check_apart(const CLI::App& command) {
  std::vector<NamedPath> outputs;
  std::vector<NamedPath> inputs;
  bool uses_models = false;
  std::optional<std::string> models;
  for (const CLI::Option* option : command.get_options()) {
    if (!is_path(*option)) continue;
    const std::string flag = option->get_name();
    const bool is_written = std::find(kWritten.begin(), kWritten.end(), flag) != kWritten.end();
    if (flag == "--output" && option->count() == 0) outputs.push_back({"standard output", kStandardStream});
    if (flag == kModels) uses_models = true;
    if (option->count() == 0) continue;
    for (const std::string& value : option->results()) {
      if (flag == kModels) {
        models = value;
      } else if (is_written) {
        outputs.push_back({flag, value});
      } else {
        const std::string place = flag == kReal ? run::parse_real(value).path.string() : value;
        for (const std::string& path : data::shards_of(place)) inputs.push_back({flag, path});
      }
    }
  }
  check_standard_input(inputs);
  if (outputs.empty()) return;
  // An archive may be replaced by its calibrated copy, which contains all of it.
  if (uses_models && command.get_name() != "calibrate") add_archives_of(models, inputs);
  check_apart(outputs, inputs);
}

}  // namespace tise::cli
