#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "inputs.h"
#include "tise/data/captions.h"
#include "tise/pipeline/encode_images.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// Adds to the inputs' notices, and to the notes on their captions, what of them isn't used or is other than
/// a run expects.
void take_notice(Inputs& inputs, const Plan& plan);

/// Images that no caption names, and captions without images. `noun` is what an image has: caption, label.
std::vector<std::string> about_unmatched(const data::Dataset& dataset, std::string_view noun);

/// Of the fields of a captions file that are not ours: those that look like slips of the keyboard, and a line
/// that names the others; each is empty if there are none.
struct FieldNotices {
  std::vector<std::string> misspelt;
  std::string others;
};
FieldNotices about_fields(const std::vector<data::UnknownField>& unknown,
                          const std::filesystem::path& captions);

/// A line for each: `a.png: empty`.
std::vector<std::string> lines_about(const std::vector<pipeline::BadImage>& bad);

/// As stores keep them: [{"name", "why"}, …].
nlohmann::ordered_json to_json(const std::vector<pipeline::BadImage>& bad);
std::vector<pipeline::BadImage> bad_images(const nlohmann::ordered_json& list);

/// `2 of 5 images are left out (--on-bad-image skip): a.png: empty; b.png: truncated after 10 bytes`.
std::string about_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                          std::string_view role);

/// Warns of that; says nothing if none is.
void warn_of_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total, std::string_view role,
                     Listener& listener);

/// Throws InputError that lists the bad images if no other is left.
void refuse_if_all_are_bad(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                           std::string_view role, const std::filesystem::path& place);

}  // namespace tise::run
