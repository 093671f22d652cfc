#pragma once

#include <string>

#include "tise/base/utf8.h"
#include "tise/data/captions.h"

namespace tise::data {

/// Where an item stands in its file, and how its caption begins, for messages: `item 17 ("two dogs on a
/// b…")`.
inline std::string place_of(const Item& item) { return item.where + " (" + excerpt(item.caption) + ")"; }

}  // namespace tise::data
