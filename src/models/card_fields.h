#pragma once

#include <string_view>

#include "tise/base/fields.h"
#include "tise/models/card.h"

namespace tise::models {

/// A size, such as a row's or a text's length.
inline int dimension(const OrderedFields& fields, std::string_view name, int least = 1) {
  return fields.at(name).integer(least, 1 << 20);
}

/// Reads how pictures are prepared: from `steps`, or from `resize` and `fit` of older cards.
image::Preparation read_input(const OrderedFields& fields);

/// Reads the labels and synonyms of a kind that recognizes objects.
void read_labels(const OrderedFields& fields, Card& card);

}  // namespace tise::models
