"""`newswire quality subjects`: accuracy, calibration, drift and F1 of the subject classifier."""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams.evaluation import subjects as figures
from streams.evaluation.split import shared_data
from streams.stages.subjects import load_classifier

LABELS = Path("tests/quality/subjects-wikinews.tsv")
YEARS = (2018, 2019, 2020)
FLOORS = {"wcep-2019 titled": 0.80, "masakhanews check": 0.80}
MOST_ERROR = 0.05


@click.command(epilog="Example: newswire quality subjects --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    default=LABELS,
    help="Addresses of Wikinews articles with their topics.",
)
def command(as_json: bool, labels: Path) -> None:
    """Figures of the subjects on data that the model never saw; exit 1 if one is missed."""
    found = measure(shared_data(), labels)
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        _print(found)
    missed = [name for name, floor in FLOORS.items() if found["accuracy"][name] < floor]
    if missed or found["calibration_error"]["wcep-2019 titled"] > MOST_ERROR:
        sys.exit(1)


def measure(data: Path, labels: Path) -> dict[str, dict[str, float]]:
    """Accuracy and calibration error by set, micro-F1 by level of the taxonomy."""
    classifier = load_classifier()
    single = {
        f"wcep-{year}{' titled' * titled}": (
            figures.wcep(data, year, titled=titled),
            figures.CATEGORIES,
        )
        for year in YEARS
        for titled in (False, True)
    }
    single |= {
        f"masakhanews {half}": (figures.masakha(data, check=half == "check"), figures.CLASSES)
        for half in ("tuning", "check")
    }
    several = {
        f"wikinews{name}": figures.wikinews(data, labels, check=half)
        for name, half in (("", None), (" check", True))
        if labels.exists()
    }
    many = {
        f"{name} level {level}": score
        for name, rows in several.items()
        for level, score in figures.by_level(classifier, rows).items()
    }
    return {
        "accuracy": {n: figures.accuracy(classifier, *rows) for n, rows in single.items()},
        "calibration_error": {
            n: figures.calibration_error(classifier, *rows) for n, rows in single.items()
        }
        | {f"{n} given": figures.given_error(classifier, rows) for n, rows in several.items()},
        "chance_error": {n: figures.chance_error(classifier, *rows) for n, rows in single.items()},
        "micro_f1": {name: score.f1 for name, score in many.items()},
        "precision": {name: score.precision for name, score in many.items()},
        "recall": {name: score.recall for name, score in many.items()},
        "support": {name: score.support for name, score in many.items()},
    }


def _print(found: dict[str, dict[str, float]]) -> None:
    output = Console()
    single = Table(
        "set", "accuracy", "calibration error", "by chance alone", title="one class an article"
    )
    for name, error in found["calibration_error"].items():
        known = (found[what].get(name) for what in ("accuracy", "chance_error"))
        accuracy, chance = ("" if value is None else f"{value:.3f}" for value in known)
        single.add_row(name, accuracy, f"{error:.3f}", chance)
    many = Table(
        "set", "micro-F1", "precision", "recall", "labels", title="several topics (Wikinews)"
    )
    for name, value in found["micro_f1"].items():
        rest = (f"{found[k][name]:.3f}" for k in ("precision", "recall"))
        many.add_row(name, f"{value:.3f}", *rest, str(found["support"][name]))
    output.print(single, many)
