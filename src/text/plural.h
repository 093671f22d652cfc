#pragma once

#include <map>
#include <string>

namespace tise::text {

/// The plural of an English noun of one or more words: that of its last word, or of the one before `of`
/// (`glasses of wine`). `irregular`: singular word to plural.
std::string plural_of(const std::string& noun, const std::map<std::string, std::string>& irregular);

}  // namespace tise::text
