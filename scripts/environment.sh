# To be sourced.

# Arguments of python_environment for each environment.
environments_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wheel_environment=("$environments_root/.cache/wheel" "$environments_root/scripts/requirements-wheel.txt")
page_environment=("$environments_root/.cache/browser" "$environments_root/tests/page/requirements.txt")
parity_environment=("${TISE_PARITY_ENV:-$environments_root/.cache/parity}" "$environments_root/tests/parity/requirements.txt")

# python_environment FOLDER REQUIREMENTS: creates a virtual environment with these packages, if it doesn't exist or its
# requirements have changed.
python_environment() {
  cmp -s "$2" "$1/requirements.txt" && return
  echo "installing the packages of $2 into $1 (about three minutes)" >&2
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir -r "$2"
  cp "$2" "$1/requirements.txt"
}
