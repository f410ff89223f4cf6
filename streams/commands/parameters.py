"""Parameter types that refuse what click lets through."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range of numbers without nan, which is above and below no threshold, and infinity."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is no finite number", param, ctx)
        return found


class NameType(click.ParamType):
    """A name that is there: an empty one is a shell variable that is not set."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name."""
        if not value:
            self.fail("it is empty", param, ctx)
        return str(value)


NAME = NameType()
