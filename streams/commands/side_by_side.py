"""Two articles beside each other, the text that they share marked."""

from rich.table import Table
from rich.text import Text

from streams.records import Article
from streams.stages.dedup.explain import Explanation, Span

LEGEND = "Reversed: words that both texts have in the same order."


def side_by_side(
    first: Article, second: Article, found: Explanation, names: tuple[str, str]
) -> Table:
    """The texts in two columns under `names`, what they share reversed."""
    table = Table(show_lines=True)
    for name in names:
        table.add_column(name, ratio=1)
    table.add_row(_marked(first.text, found.shared[0]), _marked(second.text, found.shared[1]))
    return table


def _marked(text: str, spans: list[Span]) -> Text:
    marked = Text(text)
    for start, end in spans:
        marked.stylize("reverse", start, end)
    return marked
