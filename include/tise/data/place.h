#pragma once

#include <string>

#include "tise/base/utf8.h"
#include "tise/data/captions.h"

namespace tise::data {

/// For messages: the place of an item in its file and the start of its caption,
/// `item 17 ("two dogs on a b…")`.
inline std::string place_of(const Item& item) { return item.where + " (" + excerpt(item.caption) + ")"; }

}  // namespace tise::data
