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

/// What was given, read and checked before any network is loaded.
struct Inputs {
  std::filesystem::path images;
  std::optional<data::Captions> captions;           ///< where they came from; the items are in `dataset`
  std::optional<data::AddedReferences> references;  ///< from a file of their own
  RealSource real;
  std::string names_sha256;  ///< of the names of all images
  std::string pairs_sha256;  ///< of all captions with what they state, before any is annotated or left out
  std::string references_sha256;  ///< of the references of all captions
  data::Dataset dataset;
  nlohmann::ordered_json left_out;         ///< of the images' place, for the report; null if nothing is
  nlohmann::ordered_json caption_notes;    ///< report::CaptionsInput::notes
  data::Pairing pairing;                   ///< of captions and images
  std::vector<std::string> split_by;       ///< Spec::split_by
  std::vector<std::string> split_metrics;  ///< Spec::split_metrics
  std::string understood;                  ///< how captions were read and put together with images, in words
  std::vector<std::string> notices;        ///< what stderr and the report say about all of them
};

/// Reads the images at their place, and all else where the spec has it. Throws InputError.
Inputs read_inputs(const Spec& spec, const ImagesPlace& place);

/// Derives what the plan's metrics need and captions don't state: positional words and opposites, and, by the
/// labels of the plan, objects and counts. Throws InputError where they state what can't be.
void complete(Inputs& inputs, const Plan& plan);

/// What of an item is in the samples: its id, caption, cluster, and the fields that are split by.
data::Item sampled_part(data::Item&& item);

/// Moves what the captions say into the store: the dataset keeps images and `sampled_part`, so that memory
/// hardly grows with it.
void store_pairs(store::Writer& store, data::Dataset& dataset);

/// Calls `visit` with the texts of an item that the metrics of an encoder read, by the encoder's stem.
void visit_texts(const data::Item& item, const Plan& plan, const std::string& stem,
                 const metrics::TextVisitor& visit);

/// Takes the images that could not be used, and their pairs, out of the dataset and the store.
void leave_out(const std::vector<pipeline::BadImage>& bad, data::Dataset& dataset, RunStore& store);

}  // namespace tise::run
