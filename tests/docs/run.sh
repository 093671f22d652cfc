#!/usr/bin/env bash
# Runs the documentation's commands with the tise-eval in FOLDER, and its Python blocks if FOLDER has a python.
#
#   tests/docs/run.sh FOLDER [--language sh|python] [FILE…]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
shift
command -v jq > /dev/null || { echo "jq is missing; run apt-get install jq" >&2; exit 1; }
python=()
[ ! -x "$folder/python" ] || python=(--python "$folder/python")
exec python3 "$here/run.py" --program "$folder" "${python[@]}" "$@"
