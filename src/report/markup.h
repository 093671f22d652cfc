#pragma once

#include <string>
#include <string_view>

namespace tise::report {

/// Text as XML and HTML take it between tags and in quotes; control characters, which XML 1.0 doesn't have,
/// are left out.
std::string escape_markup(std::string_view text);

}  // namespace tise::report
