#pragma once

#include <string>
#include <string_view>

// What is wrong with texts from the web, and set right before they are split into words.
namespace tise::text {

/// What ftfy's `fix_text` does with its default settings, as far as captions need it (docs/text.md).
std::u32string fix_text(std::u32string_view text);

/// One round of repairing UTF-8 that was read as Windows-1252 or Latin-1 (`Ã©` to `é`, `â€™` to `’`). Text
/// that somebody may have meant as it stands isn't touched. Takes at most `rounds`, and takes those it needed
/// from them.
std::u32string fix_mojibake(std::u32string_view text, int& rounds);

/// Python's `html.unescape`: all names and numbers of the HTML standard, without a semicolon too where the
/// standard allows it, the longest name first.
std::u32string html_unescape(std::u32string_view text);

/// The cautious form that ftfy applies before anything else: only what ends in a semicolon, but names in
/// capitals as well (`&EACUTE;`).
std::u32string html_unescape_closed(std::u32string_view text);

/// Many rounds of html_unescape_closed at once, as long as each would do nothing but take one level from
/// every ampersand that was escaped over and over (`&amp;amp;amp;` has three levels). At least two levels of
/// each are left. Other texts stay as they are.
std::u32string skip_nested_levels(std::u32string_view text);

}  // namespace tise::text
