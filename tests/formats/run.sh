#!/usr/bin/env bash
# Compares what the program makes of image files of every kind with what Pillow makes of them, then damages TIFFs: whatever
# Pillow refuses is to be refused.
#
#   tests/formats/run.sh [BUILD] [--write]
#
# BUILD (build) has tests/tise-decode-files. The result is to be docs/formats.md, which --write writes. Python's packages
# go to .cache/formats.
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
[ -z "$write" ] || cp "$work/formats.md" "$root/docs/formats.md"
diff -u "$root/docs/formats.md" "$work/formats.md"
"$python" "$here/compare.py" "$decoder" "$work" --damaged 3000 2>&1 | grep -E "damaged TIFFs|read wrong"
