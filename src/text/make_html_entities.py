#!/usr/bin/env python3
"""Writes html_entities.inc from Python's html.entities (the names of the HTML standard).

    python3 make_html_entities.py > html_entities.inc

The first table has the standard's names, including the semicolon if it is part of the name. The second has the
upper-case spellings of all-lower-case names, if they mean nothing else (`EACUTE;`); the values are upper-cased,
too. Both are sorted bytewise by name.
"""

import html
from html.entities import html5


def row(name, value):
    codes = [f"0x{ord(c):X}" for c in value]
    assert len(codes) <= 3
    return f'    {{"{name}", {{{", ".join(codes)}}}}},'


def table(symbol, entities):
    print(f"constexpr Entity {symbol}[] = {{")
    for name in sorted(entities):
        print(row(name, entities[name]))
    print("};")


def shouted():
    entities = {}
    for name, value in html5.items():
        loud = name.upper()
        if name.endswith(";") and name == name.lower() and html.unescape("&" + loud) == "&" + loud:
            entities[loud] = value.upper()
    return entities


print("// Written by make_html_entities.py; don't edit.")
table("kEntities", html5)
table("kShoutedEntities", shouted())
