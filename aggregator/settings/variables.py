"""Put environment variables into text: ``${NAME}``, ``${NAME:-default}``, and ``$${`` for ``${`` itself.

Values go in after the YAML is read: whatever a variable holds stays one value and changes nothing around it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(
    r"(?P<literal>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<broken>\$\{)"
)


def substitute(text: str, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return ``text`` with its variables put in, and a line for each that could not be.

    A default stands in for a variable that is unset or empty, as in a shell. What is put in is not
    looked at again.
    """
    faults: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match["literal"]:
            return "${"
        if match["broken"]:
            faults.append("${ begins a variable, ${NAME} or ${NAME:-default}: write $${ for the characters")
            return match[0]
        name, default = match["name"], match["default"]
        if default is not None:
            return environ.get(name) or default
        if name not in environ:
            faults.append(f"the variable {name} is not set: set it, or write ${{{name}:-default}}")
            return match[0]
        return environ[name]

    return _VARIABLE.sub(value, text), tuple(faults)
