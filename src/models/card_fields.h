#pragma once

#include <string_view>

#include "tise/base/fields.h"
#include "tise/models/card.h"

namespace tise::models {

/// A size of rows or of texts.
inline int dimension(const OrderedFields& fields, std::string_view name, int least = 1) {
  return fields.at(name).integer(least, 1 << 20);
}

/// How pictures are prepared: `steps`, or `resize` and `fit` of older cards as the steps that they mean.
image::Preparation read_input(const OrderedFields& fields);

/// The labels and synonyms of a kind that names what it sees.
void read_labels(const OrderedFields& fields, Card& card);

}  // namespace tise::models
