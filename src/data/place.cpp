#include "tise/data/place.h"

#include "tise/data/utf8.h"

namespace tise::data {

std::string place_of(const Item& item) { return item.where + " (" + excerpt(item.caption) + ")"; }

}  // namespace tise::data
