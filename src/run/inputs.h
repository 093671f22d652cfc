#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "real_images.h"
#include "standard_input.h"
#include "tise/data/captions.h"
#include "tise/data/images.h"
#include "tise/data/pairing.h"
#include "tise/metrics/read_samples.h"
#include "tise/pipeline/encode_images.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// The inputs of a run, read and checked before any network is loaded.
struct Inputs {
  std::filesystem::path images;
  std::optional<data::Captions> captions;           ///< without the items, which are in `dataset`
  std::optional<data::AddedReferences> references;  ///< from a file of their own
  RealSource real;
  std::string names_sha256;       ///< of the names of all images
  std::string pairs_sha256;       ///< of all captions and their fields, before annotation and omissions
  std::string references_sha256;  ///< of the references of all captions
  data::Dataset dataset;
  nlohmann::ordered_json left_out;         ///< files next to the images that aren't used; null if none
  nlohmann::ordered_json caption_notes;    ///< report::CaptionsInput::notes
  data::Pairing pairing;                   ///< of captions and images
  std::vector<std::string> split_by;       ///< Spec::split_by
  std::vector<std::string> split_metrics;  ///< Spec::split_metrics
  std::string understood;                  ///< how captions were read and matched with images, in words
  std::vector<std::string> notices;        ///< warnings about the inputs, for stderr and the report
};

/// Lists the images at `place`, and reads everything else that the spec names. Throws InputError.
Inputs read_inputs(const Spec& spec, const ImagesPlace& place);

/// Derives what the plan's metrics need and captions don't state: positional words and opposites, and objects
/// and counts in terms of the plan's labels. Throws InputError if a caption states something impossible.
void complete(Inputs& inputs, const Plan& plan);

/// The part of an item that samples contain: its id, caption, cluster, `metrics`, and the --split-by fields.
data::Item sampled_part(data::Item&& item);

/// Moves the captions' items into the store. The dataset keeps the images and each item's `sampled_part`, so
/// memory hardly grows with the dataset.
void store_pairs(store::Writer& store, data::Dataset& dataset);

/// Calls `visit` with each text of an item that metrics read from the encoder `stem`.
void visit_texts(const data::Item& item, const Plan& plan, const std::string& stem,
                 const metrics::TextVisitor& visit);

/// Removes unusable images and their pairs from the dataset and the store.
void leave_out(const std::vector<pipeline::BadImage>& bad, data::Dataset& dataset, RunStore& store);

}  // namespace tise::run
