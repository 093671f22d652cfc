# To be sourced: a virtual environment of Python packages, made where it isn't there or its requirements have changed.

# python_environment FOLDER REQUIREMENTS
python_environment() {
  cmp -s "$2" "$1/requirements.txt" && return
  echo "installing the packages of $2 into $1 (about three minutes)" >&2
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir -r "$2"
  cp "$2" "$1/requirements.txt"
}
