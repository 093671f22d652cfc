#!/usr/bin/env bash
# Compares how the program and Pillow decode image files of every kind. Then damages TIFFs: whatever Pillow refuses must be
# refused.
#
#   tests/formats/run.sh [BUILD] [--write]
#
# BUILD (default: build) contains tests/tise-decode-files. Fails if the result differs from docs/dev/formats.md; --write replaces
# that file. Python packages are installed in .cache/formats.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
write=
[ "${*: -1}" != --write ] || { write=yes && set -- "${@:1:$#-1}"; }
decoder=${1:-$root/build}/tests/tise-decode-files
python=$root/.cache/formats/bin/python

source "$root/scripts/environment.sh"
python_environment "$root/.cache/formats" "$here/requirements.txt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" "$here/draw.py" "$work/files"
"$python" "$here/compare.py" "$decoder" "$work" > "$work/formats.md"
[ -z "$write" ] || cp "$work/formats.md" "$root/docs/dev/formats.md"
diff -u "$root/docs/dev/formats.md" "$work/formats.md"
"$python" "$here/compare.py" "$decoder" "$work" --damaged 3000 2>&1 | grep -E "damaged TIFFs|read wrong"
