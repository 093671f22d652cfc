#!/usr/bin/env bash
# Formats our C++ by .clang-format, or says what isn't.
#
#   scripts/format.sh [--check] [FILE...]     # all of ours unless said otherwise
#
# With clang-format 14, whose version moves what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check=
[ "${1:-}" != --check ] || { check=1; shift; }
tool=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "format.sh: clang-format 14 is needed: apt-get install clang-format-14" >&2; exit 3; }
[[ $("$tool" --version) == *"version 14."* ]] || { echo "format.sh: $tool is not of version 14" >&2; exit 3; }

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files '*.h' '*.cpp')
if [ -n "$check" ]; then
  wrong=$("$tool" --dry-run --Werror "${files[@]}" 2>&1 | sed -n 's|^\([^:]*\):.*error:.*|\1: not formatted: scripts/format.sh|p' | sort -u) || true
  [ -z "$wrong" ] || { echo "$wrong" >&2; exit 1; }
else
  "$tool" -i "${files[@]}"
fi
