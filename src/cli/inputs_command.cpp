// `tise-eval inputs`: shows how images and captions are understood, before hours are spent on them.

#include <iostream>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/run/look.h"

namespace tise::cli {
namespace {

constexpr std::size_t kShownPairs = 5;
constexpr std::size_t kShownNames = 3;
constexpr std::size_t kCaptionShown = 70;

struct InputsOptions {
  run::Spec spec;
  std::optional<std::filesystem::path> output;
};

void line(const std::string& name, const std::string& text) {
  constexpr std::size_t kNames = 12;
  std::cout << name << std::string(std::max(kNames, name.size() + 1) - name.size(), ' ')
            << printable_line(text) << "\n";
}

std::string in_words(const run::ImagesSeen& seen) {
  const std::string words = report::in_words(seen.pictures);
  return concat(seen.path.string(), ": ", words.empty() ? "no image can be read" : words);
}

std::string with_examples(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShownNames)));
  return concat(names.size(), ", such as ", joined(shown));
}

void print_pairs(const data::Dataset& dataset) {
  for (std::size_t i = 0; i < std::min(dataset.pairs.size(), kShownPairs); ++i) {
    const data::Pair& pair = dataset.pairs[i];
    line("", concat(dataset.images[pair.image].name, "  ", excerpt(pair.item.caption, kCaptionShown)));
  }
  if (dataset.pairs.size() > kShownPairs)
    line("", concat("and ", dataset.pairs.size() - kShownPairs, " more"));
}

void print(const run::Seen& seen) {
  line("images", in_words(seen.images));
  if (!seen.understood.empty()) {
    line("captions", seen.understood.substr(seen.understood.find(": ") + 2));
    print_pairs(seen.dataset);
    line("clusters", concat(seen.clusters, seen.is_labelled ? " by cluster" : " by caption", "; ",
                            counted(seen.dataset.images.size(), "image"), ", ",
                            counted(seen.dataset.pairs.size(), "pair")));
    if (seen.references > 0)
      line("references", concat(seen.references, " of ", counted(seen.with_references, "pair")));
    if (!seen.unknown_fields.empty()) line("not read", "fields " + joined(seen.unknown_fields));
    if (!seen.dataset.missing.empty()) line("missing", with_examples(seen.dataset.missing));
    if (!seen.dataset.unused.empty()) line("unused", with_examples(seen.dataset.unused));
  }
  if (seen.real) line("real", in_words(*seen.real));
  for (const std::string& file : seen.real_statistics) line("real", file + ": statistics");
  if (!seen.real_store.empty()) line("real", seen.real_store + ": a store with their features");
}

void refuse_bad(const run::ImagesSeen& seen, const std::string& role) {
  if (seen.bad.empty()) return;
  throw InputError(concat(seen.bad.size(), " of ", counted(seen.count, role), " cannot be used:"), seen.bad);
}

ExitCode look(const InputsOptions& options, World world) {
  if (options.spec.images.empty()) throw UsageError("--images is required; see tise-eval inputs --help");
  check_writable(options.output, "inputs");
  TerminalListener listener(world);
  const run::Seen seen = run::look_at_inputs(options.spec, listener);
  for (const std::string& notice : seen.notices) listener.warn(notice);
  if (options.output) {
    deliver(options.output, "inputs", json_text(run::to_json(seen), 1) + "\n");
  } else {
    print(seen);
    std::cout << std::flush;
  }
  refuse_bad(seen.images, "image");
  if (seen.real) refuse_bad(*seen.real, "real image");
  return ExitCode::kOk;
}

}  // namespace

void add_inputs(CommandLine& line) {
  const auto options = std::make_shared<InputsOptions>();
  run::Spec& spec = options->spec;
  CLI::App& command =
      line.add("inputs", "show how images and captions are understood: pairs, sizes, unused files",
               "tise-eval inputs --images samples/ --captions captions.json\n"
               "tise-eval inputs --images samples/ --captions captions.json --output pairs.json",
               [options](World world) { return look(*options, world); });
  add_input_files(command, spec);
  add_opening(command, spec.encoding.opening);
  add(command, kReports, "--output FILE", options->output, "write everything as JSON, including every pair");
  add_settings(command, line);
}

}  // namespace tise::cli
