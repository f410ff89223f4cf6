"""The `newswire` command: a table of commands, each loaded only when it is called."""

from importlib import import_module

import click

from streams import __version__

COMMANDS: dict[str, str] = {
    "run": "Run the whole job embedded: files in, one JSONL file per stream out.",
    "worker": "Run the Faust worker on Kafka.",
    "topics": "Create, list and check the topics.",
    "broker": "A real local Apache Kafka without Docker or root.",
    "demo": "Broker, topics, worker and sample articles in one go.",
    "tail": "Print records of a topic.",
    "settings": "Print the catalogue of settings.",
    "routes": "Standing routes: add, list, show, remove, test, explain.",
    "tag": "Print an article with its entities marked.",
    "explain": "Why two articles are or are not duplicates.",
    "gazetteer": "Build a gazetteer of your own.",
    "replay": "Replay records from a topic or file into a topic.",
    "diff": "Compare two streams record by record.",
    "dlq": "Dead letters: list, show, stats, redrive, drop.",
    "lag": "Lag of a consumer group in records and seconds.",
    "offsets": "Reset the offsets of a consumer group.",
    "audit": "Prove from the topics that nothing was lost.",
    "export": "Project articles into other formats.",
    "quality": "Figures of enrichment quality on the evaluation data.",
    "bench": "Benchmarks.",
    "train": "Train the shipped models again.",
}


class LazyCommands(click.Group):
    """A group that imports `streams.commands.<name>` when a command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None if the table does not name it."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"streams.commands.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The help table, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="newswire")
def main() -> None:
    """Raw news articles in; deduplicated, tagged and routed streams out."""
