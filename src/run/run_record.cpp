// The record of a finished run: the entry "run" of its store.json. With it, the rows can be scored without
// images, captions or models, whether they are of a whole run or of a part.

#include "run_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "notices.h"
#include "run_store.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void add_bad(std::vector<pipeline::BadImage>& bad, const Json& list) {
  for (pipeline::BadImage& image : bad_images(list)) bad.push_back(std::move(image));
}

/// The words that record the kinds of --real.
constexpr std::array<std::pair<GivenReal::Kind, const char*>, 3> kKinds{
    {{GivenReal::Kind::kImages, "images"},
     {GivenReal::Kind::kStatistics, "statistics"},
     {GivenReal::Kind::kStore, "store"}}};

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <typename T>
std::optional<T> optional_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

/// The key of a setting that takes words: its flag without the dashes.
std::string key_of(const metrics::Setting& setting) { return std::string(setting.flag.substr(2)); }

Json settings_json(const metrics::Settings& settings) {
  Json json{{"protocol", metrics::to_string(settings.protocol)},
            {"prompt", settings.prompt},
            {"temperature", or_null(settings.temperature)},
            {"object temperature", or_null(settings.object_temperature)},
            {"detector threshold", settings.detector_threshold},
            {"splits", settings.splits},
            {"seed", settings.seed},
            {"prompts", metrics::to_string(settings.prompts)}};
  for (const metrics::Setting* setting : metrics::settings_of_words())
    json[key_of(*setting)] = setting->word(settings);
  return json;
}

void read_settings(metrics::Settings& settings, const Json& json) {
  settings.protocol = json.at("protocol") == "tise" ? metrics::Protocol::kTise : metrics::Protocol::kPaper;
  settings.prompt = json.at("prompt");
  settings.temperature = optional_from<double>(json.at("temperature"));
  settings.object_temperature = optional_from<double>(json.at("object temperature"));
  settings.detector_threshold = json.at("detector threshold");
  settings.splits = json.at("splits");
  settings.seed = json.at("seed");
  settings.prompts = json.at("prompts") == "fixed" ? metrics::Prompts::kFixed : metrics::Prompts::kSampled;
  for (const metrics::Setting* setting : metrics::settings_of_words())
    settings.words[std::string(setting->flag)] = json.value(key_of(*setting), "");
}

Json opening_json(const image::Opening& opening) {
  return {{"transform", image::to_string(opening.transform)},
          {"exif", opening.turns ? "apply" : "ignore"},
          {"first frame", opening.first_frame},
          {"max pixels", opening.max_pixels}};
}

image::Opening opening_in(const Json& json) {
  return {.max_pixels = json.at("max pixels"),
          .first_frame = json.at("first frame"),
          .turns = json.at("exif") == "apply",
          .transform = image::parse_transform(json.at("transform").get<std::string>())};
}

Json recipe_json(const std::optional<report::RecipeUsed>& recipe) {
  if (!recipe) return {};
  return {{"name", recipe->name}, {"tried", recipe->tried}, {"overridden", recipe->overridden}};
}

Json metrics_json(const Plan& plan) {
  Json list = Json::array();
  for (const Planned& planned : plan.metrics)
    list.push_back({{"key", planned.key()}, {"lacks", planned.reason}});
  return list;
}

void read_metrics(Plan& plan, const Json& list) {
  for (const Json& entry : list) {
    const std::string key = entry.at("key");
    plan.metrics.push_back({metrics::metric_named("store", key), entry.at("lacks")});
  }
}

/// A path that is opened again when the store is merged. If it isn't UTF-8, which JSON requires, a list of
/// bytes.
Json path_json(const fs::path& path) {
  const std::string text = path.string();
  if (!first_invalid_utf8(text)) return text;
  return std::vector<std::uint8_t>(text.begin(), text.end());
}

fs::path read_path(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto bytes = json.get<std::vector<std::uint8_t>>();
  return std::string(bytes.begin(), bytes.end());
}

Json inputs_json(const Inputs& inputs) {
  Json json{{"images", {{"path", path_json(inputs.images)}, {"sha256", inputs.names_sha256}}}};
  json["images"]["unused"] = inputs.dataset.unused;
  json["images"]["missing"] = inputs.dataset.missing;
  json["images"]["left out"] = inputs.left_out;
  if (const auto& captions = inputs.captions) {
    json["captions"] = {{"path", path_json(captions->path)},
                        {"format", captions->format},
                        {"sha256", captions->sha256},
                        {"pairs", inputs.pairs_sha256},
                        {"references", inputs.references_sha256},
                        {"notes", inputs.caption_notes}};
  }
  if (const auto& references = inputs.references) {
    json["references"] = {{"path", path_json(references->path)}, {"sha256", references->sha256}};
  }
  if (inputs.real.is_given()) {
    json["real"] = {{"path", path_json(inputs.real.path)},
                    {"sha256", inputs.real.names_sha256},
                    {"left out", inputs.real.left_out}};
    for (const auto& [real, kind] : inputs.real.given) {
      json["real"]["given"].push_back(
          {{"archive", real.archive},
           {"path", path_json(real.path)},
           {"kind", std::ranges::find(kKinds, kind, [](const auto& one) { return one.first; })->second}});
    }
  }
  json["notices"] = inputs.notices;
  if (!inputs.split_by.empty()) json["split"] = {{"by", inputs.split_by}, {"metrics", inputs.split_metrics}};
  if (inputs.real.objects) json["real objects"] = path_json(inputs.real.objects_path);
  return json;
}

void read_inputs(Inputs& inputs, const Json& json) {
  const Json& images = json.at("images");
  inputs.images = read_path(images.at("path"));
  inputs.dataset.unused = images.at("unused");
  inputs.dataset.missing = images.at("missing");
  inputs.left_out = images.at("left out");
  inputs.notices = json.at("notices");
  if (json.contains("split")) {
    inputs.split_by = json["split"].at("by");
    inputs.split_metrics = json["split"].at("metrics");
  }
  if (json.contains("captions")) {
    const Json& captions = json["captions"];
    data::Captions& known = inputs.captions.emplace();
    known.path = read_path(captions.at("path"));
    known.format = captions.at("format");
    known.sha256 = captions.at("sha256");
    inputs.pairs_sha256 = captions.at("pairs");
    inputs.references_sha256 = captions.at("references");
    inputs.caption_notes = captions.at("notes");
  }
  if (json.contains("references")) {
    const Json& references = json["references"];
    inputs.references = {read_path(references.at("path")), references.at("sha256"), 0};
  }
  if (json.contains("real")) {
    inputs.real.path = read_path(json["real"].at("path"));
    inputs.real.left_out = json["real"].at("left out");
    for (const Json& real : json["real"].at("given")) {
      const std::string kind = real.at("kind");
      const auto known = std::ranges::find_if(kKinds, [&](const auto& one) { return one.second == kind; });
      inputs.real.given.push_back({{read_path(real.at("path")), real.at("archive")},
                                   known == kKinds.end() ? GivenReal::Kind::kImages : known->first});
    }
  }
  if (json.contains("real objects")) inputs.real.objects_path = read_path(json["real objects"]);
}

/// A part of a run, as its store records it.
struct Recorded {
  fs::path store;
  data::Part part;
  store::Provenance made;
  const Json& run() const { return made.run; }
};

[[noreturn]] void refuse(const fs::path& store, const std::string& why) {
  throw InputError("store " + store.string() + ": " + why);
}

Recorded read_part(const fs::path& store) {
  const auto made = store::read_provenance(store);
  if (!made) refuse(store, "not a store: store.json is missing");
  if (made->run.is_null()) {
    refuse(store, "its run has not finished; rerun it to resume");
  }
  Recorded recorded{store, {}, *made};
  const Json& part = recorded.run().at("part");
  recorded.part = {part.at("index"), part.at("of")};
  return recorded;
}

/// Throws at the first difference between two records: `its setting "seed" is 1, but 2 in STORE`.
void check_same(const Recorded& one, const Recorded& other, const Json& a, const Json& b,
                const std::string& what) {
  if (a == b) return;
  if (!a.is_object() || !b.is_object()) {
    const auto shown = [](const Json& value) { return value.is_null() ? "none" : json_text(value); };
    refuse(other.store, concat(what, " is ", shown(b), ", but ", shown(a), " in ", one.store.string(),
                               "; merge only parts of one run"));
  }
  for (const auto& [key, value] : a.items())
    check_same(one, other, value, b.value(key, Json()), concat(what, " \"", key, "\""));
  for (const auto& [key, value] : b.items())
    check_same(one, other, a.value(key, Json()), value, concat(what, " \"", key, "\""));
}

std::string name_of(const Json& archive) {
  return archive.at("card").value("name", "?") + " (" +
         archive.at("sha256").get<std::string>().substr(0, 12) + ")";
}

void check_models(const Recorded& one, const Recorded& other) {
  const Json& here = one.run().at("models");
  const Json& there = other.run().at("models");
  for (const auto& [stem, archive] : here.items()) {
    if (!there.contains(stem)) {
      refuse(other.store, concat("made without ", stem, ".pt, but ", one.store.string(),
                                 " was made with it; merge stores of the same models"));
    }
    if (there[stem].at("sha256") != archive.at("sha256")) {
      refuse(other.store,
             concat("its ", stem, " is ", name_of(there[stem]), ", but that of ", one.store.string(), " is ",
                    name_of(archive), "; merge stores of the same models"));
    }
  }
  if (there.size() > here.size()) check_models(other, one);
}

void check_alike(const Recorded& one, const Recorded& other) {
  const auto same = [&](const Json& a, const Json& b, const std::string& what) {
    check_same(one, other, a, b, what);
  };
  same(one.made.precision, other.made.precision, "its precision");
  check_models(one, other);
  const Json& here = one.run();
  const Json& there = other.run();
  same(here.at("inputs").at("images").at("sha256"), there.at("inputs").at("images").at("sha256"),
       "the hash of its image names");
  const auto same_input = [&](const char* input, const char* hash, const char* what) {
    const auto in = [&](const Json& run) {
      return run.at("inputs").value(input, Json::object()).value(hash, Json());
    };
    same(in(here), in(there), what);
  };
  same_input("captions", "pairs", "the hash of its captions");
  same_input("captions", "references", "the hash of its references");
  same_input("real", "sha256", "the hash of its real images");
  same(here.at("settings"), there.at("settings"), "its setting");
  same(here.at("opening"), there.at("opening"), "its setting");
  same(here.at("metrics"), there.at("metrics"), "its list of metrics");
  same(here.at("part").at("of"), there.at("part").at("of"), "its number of parts");
}

/// Throws unless each part is given exactly once. `parts` must be in order.
void check_complete(const std::vector<Recorded>& parts) {
  std::vector<std::string> missing;
  const std::size_t of = parts.front().part.of;
  for (std::size_t i = 0, at = 0; i < of; ++i) {
    if (at == parts.size() || parts[at].part.index != i) {
      missing.push_back(concat(i));
    } else if (++at < parts.size() && parts[at].part.index == i) {
      refuse(parts[at].store, concat("is part ", i, " of ", of, ", and so is ", parts[at - 1].store.string(),
                                     "; pass each part once"));
    }
  }
  if (missing.empty()) return;
  throw InputError(concat("stores: ", missing.size() == 1 ? "part " : "parts ", joined(missing), " of ", of,
                          missing.size() == 1 ? " is" : " are", " missing; a report needs all parts"));
}

/// Throws if the store doesn't have as many of `of` as the parts' runs recorded.
void check_count(const store::Reader& store, const std::vector<Recorded>& parts, const char* of,
                 std::size_t count) {
  std::size_t recorded = 0;
  for (const Recorded& part : parts) recorded += part.run().at("evaluated").at(of).get<std::size_t>();
  if (count == recorded) return;
  throw InputError(concat("store ", store.name(), ": has ", count, " of the ", recorded, " ", of,
                          " that were evaluated; rerun the evaluation to add the missing ones"));
}

/// Reads the images of all parts, and their pairs in the order of the captions.
void read_dataset(data::Dataset& dataset, const store::Reader& store, const std::vector<Recorded>& parts,
                  const fs::path& folder) {
  for (std::string& name : store.images()) dataset.images.push_back({name, (folder / name).string()});
  check_count(store, parts, "images", dataset.images.size());
  store.for_each_pair([&](std::size_t number, const std::string& line) {
    data::Item item = data::read_json_line(line, store.name());
    const auto image = std::ranges::lower_bound(dataset.images, item.image, {}, &data::ImageFile::name);
    if (image == dataset.images.end() || image->name != item.image) {
      throw InputError("store " + store.name() + ": has a caption of " + item.image +
                       ", which is not one of its images");
    }
    dataset.pairs.push_back(
        {sampled_part(std::move(item)), static_cast<std::size_t>(image - dataset.images.begin()), number});
  });
  check_count(store, parts, "captions", dataset.pairs.size());
}

}  // namespace

void record_run(const Finished& run, RunStore& store, RealRows& real) {
  const Json part{{"index", run.part.index}, {"of", run.part.of}};
  const data::Dataset& dataset = run.inputs.dataset;
  finish_real(real, run.inputs.real.images, run.part);
  if (store.is_read_only()) return;
  store.writer().finish(
      usable_names(dataset.images, {}),
      {{"part", part},
       {"evaluated", {{"images", dataset.images.size()}, {"captions", dataset.pairs.size()}}},
       {"inputs", inputs_json(run.inputs)},
       {"real images", real.filling != nullptr},
       {"skipped", to_json(run.bad)},
       {"metrics", metrics_json(run.plan)},
       {"settings", settings_json(run.settings)},
       {"opening", opening_json(run.plan.opening)},
       {"recipe", recipe_json(run.recipe)},
       {"models", run.archives.known()}});
}

RecordedRun read_runs(const std::vector<fs::path>& stores) {
  std::vector<Recorded> parts;
  fs::path reading;
  try {
    for (const fs::path& store : stores) parts.push_back(read_part(reading = store));
    std::ranges::stable_sort(parts, {}, [](const Recorded& part) { return part.part.index; });
    for (const Recorded& part : parts) {
      reading = part.store;
      check_alike(parts.front(), part);
    }
    check_complete(parts);

    RecordedRun run;
    reading = parts.front().store;
    const Json& first = parts.front().run();
    read_inputs(run.inputs, first.at("inputs"));
    read_settings(run.settings, first.at("settings"));
    run.plan.opening = opening_in(first.at("opening"));
    if (const Json& recipe = first.at("recipe"); !recipe.is_null())
      run.recipe = {recipe.at("name"), recipe.at("tried"), recipe.at("overridden")};
    read_metrics(run.plan, first.at("metrics"));
    run.archives = first.at("models");
    run.plan.precision = parts.front().made.precision;
    const bool has_real = first.at("real images");
    std::vector<fs::path> folders;
    std::vector<fs::path> real_folders;
    std::vector<Recorded> real_parts;
    for (const Recorded& part : parts) {
      reading = part.store;
      folders.push_back(part.store);
      add_bad(run.bad, part.run().at("skipped"));
      if (!has_real) continue;
      real_folders.push_back(part.store / kRealStore);
      real_parts.push_back(read_part(real_folders.back()));
      add_bad(run.bad_real, real_parts.back().run().at("skipped"));
    }
    run.store.emplace(std::move(folders));
    if (has_real) {
      run.real.emplace(std::move(real_folders));
      check_count(*run.real, real_parts, "images", run.real->images().size());
    }
    read_dataset(run.inputs.dataset, *run.store, parts, run.inputs.images);
    return run;
  } catch (const InputError&) {
    throw;
  } catch (const std::runtime_error&) {  // from JSON, or from a transform
    refuse(reading,
           "store.json is unreadable; rerun the evaluation to rebuild it (existing chunks are reused)");
  }
}

}  // namespace tise::run
