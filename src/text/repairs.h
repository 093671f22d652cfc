#pragma once

#include <string>
#include <string_view>

// Repairs of texts from the web, before they are split into words.
namespace tise::text {

/// What ftfy's `fix_text` does with its default settings, as far as captions need it (docs/dev/text.md).
std::u32string fix_text(std::u32string_view text);

/// Repairs UTF-8 that was read as Windows-1252 or Latin-1 (`Ã©` to `é`, `â€™` to `’`). Text that somebody may
/// have meant as written isn't touched. Runs at most `rounds` rounds, and subtracts those it needed from
/// `rounds`.
std::u32string fix_mojibake(std::u32string_view text, int& rounds);

/// Python's `html.unescape`: all named and numeric references of the HTML standard, also without a semicolon
/// if the standard allows it. Longest name first.
std::u32string html_unescape(std::u32string_view text);

/// The cautious form that ftfy applies before anything else: only references that end in a semicolon, but
/// also names in capitals (`&EACUTE;`).
std::u32string html_unescape_closed(std::u32string_view text);

/// Does many rounds of html_unescape_closed at once, as long as each round would only remove one level from
/// every ampersand that was escaped repeatedly (`&amp;amp;amp;` has three levels). Leaves at least two levels
/// of each. Other texts are returned unchanged.
std::u32string skip_nested_levels(std::u32string_view text);

}  // namespace tise::text
