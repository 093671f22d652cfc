#!/usr/bin/env bash
# Runs the documentation's commands with the tise-eval of a folder; its Python blocks where a python is beside it.
#
#   tests/docs/run.sh FOLDER [--language sh|python] [FILE…]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
shift
command -v jq > /dev/null || { echo "the documentation's commands need jq: apt-get install jq" >&2; exit 1; }
python=()
[ ! -x "$folder/python" ] || python=(--python "$folder/python")
exec python3 "$here/run.py" --program "$folder" "${python[@]}" "$@"
