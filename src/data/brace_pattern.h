#pragma once

#include <string>
#include <vector>

namespace tise::data {

/// `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`; a text without such braces as it is.
std::vector<std::string> expanded(const std::string& text);

/// The text that `expanded` makes these of, which are in bytewise order; empty if none does. One name is its
/// own pattern.
std::string as_braces(const std::vector<std::string>& texts);

}  // namespace tise::data
