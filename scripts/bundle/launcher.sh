#!/bin/sh
# Starts the program of this name with the LibTorch of the Python torch that is there, or of $TISE_LIBTORCH (the folder
# that holds `lib`).
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
name=$(basename -- "$0")
wanted=@TORCH_MINOR@

if [ -z "$TISE_LIBTORCH" ]; then
  found=$("${TISE_PYTHON:-python3}" - 2> /dev/null << 'PY'
import importlib.metadata, importlib.util, pathlib
print(importlib.metadata.version("torch"), pathlib.Path(importlib.util.find_spec("torch").origin).parent)
PY
  ) || { echo "$name: needs Python's torch $wanted (python3 finds none): install it, or name its folder with TISE_LIBTORCH" >&2; exit 4; }
  version=${found%% *}
  TISE_LIBTORCH=${found#* }
  case $version in
    "$wanted".*) ;;
    *) echo "$name: needs Python's torch $wanted, python3 has $version (TISE_PYTHON names another python)" >&2; exit 4 ;;
  esac
fi
LD_LIBRARY_PATH=$TISE_LIBTORCH/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec "$here/libexec/$name" "$@"
