#!/usr/bin/env bash
# Tests the HTML pages in a real Chromium. look.py checks deliberately broken pages, example pages with more and nastier
# data than the demo has, and pages that the built program writes. Needs Debian's chromium and chromium-driver; installs
# them if it may.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$root/scripts/environment.sh"

if ! command -v chromium > /dev/null || ! command -v chromedriver > /dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "the pages were not tested: chromium and chromedriver are missing and cannot be installed" >&2
    exit 0
  fi
  echo "installing chromium" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver > /dev/null
fi
python_environment "${page_environment[@]}"
python="$page_environment/bin/python"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
export PYTHONDONTWRITEBYTECODE=1
"$python" look_test.py
"$python" sample_data.py "$work"

examples="$root/examples/shapes"
evaluate() {
  "$root/build/tise-eval" --models shapes --images "$examples/$1" --captions "$examples/captions.json" --quiet "${@:2}"
}
mkdir "$work/run"
evaluate faithful --metrics CLIP-S,RefCLIP-S,IS,RP,PA --samples "$work/faithful.jsonl" --output "$work/run/step1.json"
evaluate miscounting --samples "$work/miscounting.jsonl" --baseline "$work/faithful.jsonl" --output "$work/run/step2.json" \
  --html "$work/demo.html"
"$root/build/tise-eval" rank --quiet "$root"/tests/golden/{faithful,blurred,miscounting,misplacing,mismatched,collapsed}.json \
  --html "$work/demo-leaderboard.html" > /dev/null
"$root/build/tise-eval" rank --quiet --over-time "$work/run" --html "$work/demo-history.html" > /dev/null
"$python" look.py "$work"/*.html
