#!/usr/bin/env bash
# Draws the README's pictures, docs/images/report-{light,dark}.png: the page of one of the demo's checkpoints. Needs build/tise-eval
# and what tests/page/run.sh installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/environment.sh
python_environment "${page_environment[@]}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd examples
../build/tise-eval --models shapes --images shapes/miscounting --captions shapes/captions.json --real shapes/real --quiet \
  --output "$work/report.json" --html "$work/report.html"
"$page_environment/bin/python" ../tests/page/picture.py "$work/report.html" ../docs/images/report
