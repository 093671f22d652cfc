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

/// Adds to the inputs' notices and caption notes whatever isn't used or is unusual.
void take_notice(Inputs& inputs, const Plan& plan);

/// Sentences on images without a caption and captions without an image. `noun`: `caption` or `label`.
std::vector<std::string> about_unmatched(const data::Dataset& dataset, std::string_view noun);

/// Unknown fields of a captions file: sentences on those that look misspelled, and a line that names the
/// others. Each is empty if there are none.
struct FieldNotices {
  std::vector<std::string> misspelt;
  std::string others;
};
FieldNotices about_fields(const std::vector<data::UnknownField>& unknown,
                          const std::filesystem::path& captions);

/// A line per image: `a.png: empty`.
std::vector<std::string> lines_about(const std::vector<pipeline::BadImage>& bad);

/// In the form that stores keep: [{"name", "why"}, …].
nlohmann::ordered_json to_json(const std::vector<pipeline::BadImage>& bad);
std::vector<pipeline::BadImage> bad_images(const nlohmann::ordered_json& list);

/// `2 of 5 images are left out (--on-bad-image skip): a.png: empty; b.png: truncated after 10 bytes`.
std::string about_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                          std::string_view role);

/// Warns of the skipped images, if there are any.
void warn_of_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total, std::string_view role,
                     Listener& listener);

/// Throws InputError that lists the bad images if all are bad.
void refuse_if_all_are_bad(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                           std::string_view role, const std::filesystem::path& place);

}  // namespace tise::run
