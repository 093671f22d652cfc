"""Makes model archives for tise-eval from weights: what `tise-export` runs.

`clip`, `inception`, `maskrcnn` and `all` are its exports, and their `main` runs them as programs. `archive` writes an
archive of any kind. Weights are read and networks run with torch; `all`, `fetching` and `published` need nothing but
Python's own library.
"""
