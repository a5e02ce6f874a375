"""Text of a regions file -> data: valid JSON, nothing said twice, every number a number, and the schema kept."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from importlib import resources
from typing import Any, NoReturn

import fastjsonschema

from redact.regions.demands import refuse, shown


def read_json(text: str) -> Any:
    """The data of a JSON text (RFC 8259). Raises PolicyError, with line and column."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        refuse(f"line {error.lineno}, column {error.colno}", f"no valid JSON: {error.msg}")
    except RecursionError:
        refuse("the regions file", "nested too deep")
    except ValueError:
        # What json raises for a number of thousands of digits.
        refuse("the regions file", "a number is too long")


def hold(data: Any, schema: str) -> None:
    """Raise PolicyError, with the place, for data that does not keep the JSON Schema in that file of this package."""
    try:
        _validator(schema)(data)
    except fastjsonschema.JsonSchemaValueException as error:
        name = str(error.name)
        where = name.removeprefix("data").removeprefix(".")
        rule = error.message.removeprefix(name).strip()
        refuse(f"at {shown(where) if where else 'the top'}", f"it {shown(rule)[1:-1]}")


@functools.cache
def _validator(schema: str) -> Callable[[Any], Any]:
    text = resources.files("redact.regions").joinpath(schema).read_text(encoding="utf-8")
    validator: Callable[[Any], Any] = fastjsonschema.compile(json.loads(text), use_default=False)
    return validator


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        refuse(f"the entry {shown(twice)}", "it is there twice")
    return table


def _no_number(text: str) -> NoReturn:
    refuse(f"the value {text}", "is no number")
