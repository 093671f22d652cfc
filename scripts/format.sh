#!/usr/bin/env bash
# Formats C++ files with .clang-format, or with --check lists those that aren't formatted.
#
#   scripts/format.sh [--check] [FILE...]     # default: all C++ files in git
#
# Needs clang-format 14; other versions format differently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check=
[ "${1:-}" != --check ] || { check=1; shift; }
tool=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "format.sh: clang-format 14 is missing; run apt-get install clang-format-14" >&2; exit 3; }
[[ $("$tool" --version) == *"version 14."* ]] ||
  { echo "format.sh: $tool is not version 14; run apt-get install clang-format-14" >&2; exit 3; }

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files '*.h' '*.cpp')
if [ -n "$check" ]; then
  wrong=$("$tool" --dry-run --Werror "${files[@]}" 2>&1 | sed -n 's|^\([^:]*\):.*error:.*|\1: not formatted; run scripts/format.sh|p' | sort -u) || true
  [ -z "$wrong" ] || { echo "$wrong" >&2; exit 1; }
else
  "$tool" -i "${files[@]}"
fi
