"""The `charley` command: what needs more than a make target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import typer

# Each command imports what it needs itself: spaCy takes three seconds, Rasa ten.
TRAINERS, OPERATORS, ENGINEERS = "For trainers", "For operators", "For engineers"
SENDER_HELP = "The pseudonym, or with --channel the id on that platform."
CHANNEL_HELP = "telegram, slack, widget …: SENDER is the person's id there."
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
serve = typer.Typer(
    no_args_is_help=True, help="Be one server of several, as a container is (docs/deploying.md)."
)
app.add_typer(serve, name="serve", rich_help_panel=OPERATORS)


def _show_version(wanted: bool) -> None:
    """The version stands in pyproject.toml alone; a container has the folder, and Charley not installed."""
    if not wanted:
        return
    import re
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("charley")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[1] / "pyproject.toml"
        text = project.read_text(encoding="utf-8") if project.exists() else ""
        match = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
        found = match[1] if match else "(of no known version: it is not installed)"
    print(f"charley {found}")
    raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Show the version, and stop."
    ),
) -> None:
    """What holds for no command in particular."""


@app.command(rich_help_panel=TRAINERS)
def check(
    fix: bool = typer.Option(False, help="Mend what is mechanical, and show what was changed."),
    only: list[str] = typer.Option(
        [], metavar="ID", help="Make this check alone; may be given several times."
    ),
    list_: bool = typer.Option(False, "--list", help="Name every check and what it looks for."),
    notes: bool = typer.Option(False, help="Show notes too."),
    strict: bool = typer.Option(False, help="Fail on warnings too."),
    as_json: bool = typer.Option(False, "--json", help="For programs: JSON."),
) -> None:
    """Check all that trainers write, without training: what is wrong, where, why, and how to mend it."""
    from charley.trainers.check import report

    if list_:
        print(report.as_list())
        return
    raise typer.Exit(report.main(Path(), only=only, fix=fix, strict=strict, as_json=as_json, notes=notes))


@app.command(rich_help_panel=TRAINERS)
def train(
    force: bool = typer.Option(False, "--force", help="Train even when nothing has changed."),
    measure: bool = typer.Option(True, help="Measure the new model, and take it only if it does no worse."),
    accept_drop: str = typer.Option("", metavar="WHY", help="Take it even if it does worse, and say why."),
) -> None:
    """Train the assistant when its data, domain, config or code changed."""
    from charley.knowledge import KnowledgeError
    from charley.rasa.training import TrainingFailed
    from charley.trainers import training
    from charley.trainers.files import FileProblem

    try:
        training.train(force, measure, accept_drop)
    except KnowledgeError as error:
        _stop(f"Not trained, because the data can't be used:\n{error}")
    except TrainingFailed as error:
        _stop(f"Training failed: {error}")
    except (training.Dropped, FileProblem) as error:
        _stop(str(error))


@app.command(rich_help_panel=TRAINERS)
def undo(
    list_: bool = typer.Option(False, "--list", help="Only show the models that are kept."),
    back: bool = typer.Option(False, "--back", help="Put the model that was undone in service again."),
) -> None:
    """Put the model before the last training in service again; once more goes one further back."""
    from charley.knowledge import KnowledgeError
    from charley.trainers import undo as course
    from charley.trainers.models import NoSuchModel

    try:
        for line in course.listed() if list_ else course.undo(back=back):
            print(line)
    except (NoSuchModel, KnowledgeError) as error:
        _stop(str(error))


@app.command(rich_help_panel=TRAINERS)
def status(port: int = typer.Option(5005, help="Where a server may be running.")) -> None:
    """Say which model and which facts answer now, since when, and what has changed since."""
    from charley.trainers import status as state

    for line in state.lines(state.status(port=port)):
        print(line)


@app.command(rich_help_panel=TRAINERS)
def withdraw(
    fact: str = typer.Argument(..., metavar="FACT_ID", help="The id of a row of data/facts/facts.csv."),
    why: str = typer.Option("", help="The reason, kept beside it in data/facts/withdrawn.csv."),
    back: bool = typer.Option(False, "--back", help="Put a withdrawn fact back in its place."),
) -> None:
    """Take a fact out of the table, and say what is then without an answer."""
    from charley.trainers import withdraw as course
    from charley.trainers.files import FileProblem

    try:
        for line in course.back(fact) if back else course.withdraw(fact, why):
            print(line)
    except (course.CannotWithdraw, FileProblem) as error:
        _stop(str(error))


@app.command(rich_help_panel=OPERATORS)
def run(
    port: int = typer.Option(5005, help="Where the chat page is served."),
    action_port: int = typer.Option(5055, help="Where the action server listens."),
    model: Path = typer.Option(Path("models/charley.tar.gz"), help="The trained model."),
) -> None:
    """Start the assistant and its chat page on this machine."""
    from charley.rasa import server

    if not model.exists():
        _stop(f"There is no model at {model}. Train one with: make train")
    print("Starting Charley (half a minute or so) …", flush=True)
    try:
        with server.running(model, port, action_port) as children:
            print(f"Charley is ready: http://127.0.0.1:{port}/  (ctrl-C stops it)", flush=True)
            server.watch(children)
    except server.ServerFailed as error:
        _stop(str(error))
    except KeyboardInterrupt:
        print("\nStopped.")


SERVED_MODEL = typer.Option(
    Path("models/charley.tar.gz"),
    envvar="CHARLEY_MODEL",
    help="The trained model: its facts are answered from.",
)
HOST = typer.Option("127.0.0.1", envvar="HOST", help="Where it listens; 0.0.0.0 for all addresses.")


@serve.command("rasa")
def serve_rasa(
    model: Path = SERVED_MODEL,
    host: str = HOST,
    port: int = typer.Option(5005, envvar="PORT"),
    endpoints: Path = typer.Option(Path("endpoints.yml"), help="As Rasa reads it."),
    credentials: Path = typer.Option(Path("credentials.yml"), help="As Rasa reads it."),
) -> None:
    """Be a Rasa server, which takes what people say; /health/live and /health/ready tell how it is."""
    from charley.rasa import server

    try:
        server.serve_rasa(model, host, port, endpoints, credentials)
    except server.ServerFailed as error:
        _stop(str(error))


@serve.command("actions")
def serve_actions(
    model: Path = SERVED_MODEL,
    host: str = HOST,
    port: int = typer.Option(5055, envvar="PORT"),
) -> None:
    """Be an action server, which looks answers up; /health tells that it is there."""
    from charley.rasa import server

    try:
        server.serve_actions(model, host, port)
    except server.ServerFailed as error:
        _stop(str(error))


@app.command(rich_help_panel=ENGINEERS)
def converse(
    dialogues: Path = typer.Argument(..., metavar="IN.jsonl", help='Lines {"id": …, "turns": [turn, …]}.'),
    output: Path = typer.Argument(..., metavar="OUT.jsonl", help="Where the replies go, in the same order."),
    model: Path = typer.Option(Path("models/charley.tar.gz"), help="The trained model."),
) -> None:
    """Run dialogues through the trained assistant; exit code 1 if a line could not be read."""
    if not dialogues.exists():
        _stop(f"There is no file {dialogues}.")
    if not model.exists():
        _stop(f"There is no model at {model}. Train one with: make train")
    from charley.rasa.quiet import be_quiet

    print("Loading the assistant (about 15 seconds) …", flush=True)
    be_quiet()
    from charley.rasa import converse as batch

    with (
        dialogues.open(encoding="utf-8", errors="replace") as lines,
        output.open("w", encoding="utf-8") as replies,
    ):
        problems = batch.run(lines, replies, model)
    if problems:
        _stop("\n".join(f"{dialogues}, {problem}" for problem in problems))


@app.command(rich_help_panel=TRAINERS)
def gaps() -> None:
    """Count what people asked about that has no fact yet, most wanted first; shows no one's words."""
    import asyncio

    from charley.knowledge import load_knowledge
    from charley.rasa.quiet import be_quiet

    be_quiet()
    from charley.trainers.gaps import asked_in_vain
    from charley.trainers.talks import StoreProblem, read_talks

    table = load_knowledge().table
    try:
        counted = asked_in_vain(asyncio.run(read_talks()), table).most_common()
    except StoreProblem as problem:
        _stop(str(problem))
    for (subject, intent), times in counted:
        print(f"{times:6d}  {table.subjects[subject].name}  ({intent})")
    print(
        "Write a fact on one of these in data/facts/, and it is answered."
        if counted
        else "Nobody has asked for anything that data/facts/gaps.csv lists."
    )


@app.command(rich_help_panel=OPERATORS)
def purge(
    older_than: str = typer.Option(
        "", metavar="DAYS", help="For example 30d; what the server itself keeps unless given."
    ),
) -> None:
    """Delete conversations that nobody has gone on with for so many days; the server does so by itself too."""
    _print(lambda stored: stored.purge(older_than))


@app.command(rich_help_panel=OPERATORS)
def export(
    sender: str = typer.Argument(..., help=SENDER_HELP),
    channel: str = typer.Option("", help=CHANNEL_HELP),
) -> None:
    """Print all that is kept of one person, as JSON."""
    _print(lambda stored: stored.export(sender, channel))


@app.command(rich_help_panel=OPERATORS)
def erase(
    sender: str = typer.Argument(..., help=SENDER_HELP),
    channel: str = typer.Option("", help=CHANNEL_HELP),
) -> None:
    """Delete all that is kept of one person."""
    _print(lambda stored: stored.erase(sender, channel))


@app.command(rich_help_panel=OPERATORS)
def backup(file: Path = typer.Argument(..., help="A new file.")) -> None:
    """Copy all conversations into a file, while Charley goes on."""
    _print(lambda stored: stored.back_up(file))


@app.command(rich_help_panel=OPERATORS)
def restore(file: Path = typer.Argument(..., help="What `charley backup` made.")) -> None:
    """Put the conversations of a backup in the place of those at hand."""
    _print(lambda stored: stored.restore(file))


@app.command(rich_help_panel=TRAINERS)
def page(
    port: int = typer.Option(5006, help="Where the page is served."),
    host: str = typer.Option("127.0.0.1", help="Where it listens; beyond this machine it needs a login."),
    address: str = typer.Option("", help="Where people reach it, if a proxy passes it on."),
) -> None:
    """Open the trainers' page: try sentences, read conversations, see facts, inbox and figures."""
    from charley.trainers.page.access import NotOpened
    from charley.trainers.page.server import serve

    try:
        serve(host, port, address)
    except NotOpened as error:
        _stop(str(error))
    except KeyboardInterrupt:
        print("\nClosed.")


@app.command(rich_help_panel=TRAINERS)
def inbox(
    limit: int = typer.Option(None, min=1, help="Show no more groups than this."),
    reason: list[str] = typer.Option(
        [],
        metavar="WHY",
        help="declined, not_understood, asked_back, unsure, thumb_down, said_again or gap; may be given several times.",
    ),
    list_: bool = typer.Option(False, "--list", help="Show the table only, and ask nothing."),
    as_json: bool = typer.Option(False, "--json", help="For programs: JSON."),
    model: Path = typer.Option(Path("models/charley.tar.gz"), help="The trained model."),
) -> None:
    """Go through what people asked in vain, without what tells of them, and teach Charley from it."""
    from charley.rasa.quiet import be_quiet

    be_quiet()
    from charley.trainers.inbox import terminal

    if not model.exists():
        _stop(f"There is no model at {model}. Train one with: make train")
    try:
        terminal.from_terminal(model, limit, reason, as_json, list_)
    except ValueError as error:
        _stop(str(error))


@app.command(rich_help_panel=TRAINERS)
def record(
    name: str = typer.Option("", help="The case in a few words; asked for unless given."),
    topic: str = typer.Option("", help="What it is about: names the files."),
    model: Path = typer.Option(Path("models/charley.tar.gz"), help="The trained model."),
) -> None:
    """Chat with Charley and keep the talk as a story and a test; reads turns from a pipe too."""
    from charley.trainers import recording

    if not model.exists():
        _stop(f"There is no model at {model}. Train one with: make train")
    if not recording.from_terminal(model, name, topic):
        raise typer.Exit(1)


@app.command(rich_help_panel=TRAINERS)
def coverage(
    missing: bool = typer.Option(False, "--missing", help="List what has no test of its own."),
    as_json: bool = typer.Option(False, "--json", help="Everything, for programs."),
    write: bool = typer.Option(
        False, "--write", help="Write var/coverage.md and the picture var/coverage.svg."
    ),
) -> None:
    """Show what has tests and what has none: intents, facts, rules, stories, warning flags and responses."""
    from charley.trainers import coverage as of

    try:
        found = of.measure()
    except ValueError as error:
        _stop(str(error))
    print(of.told(found, missing=missing, as_json=as_json))
    if write:
        print("\n".join(f"Written: {path}" for path in of.write(found)))


@app.command(rich_help_panel=ENGINEERS)
def bench() -> None:
    """Measure training, start-up, memory and speed on this machine."""
    from charley.rasa.bench import run as measure

    measure()


def _print(work: Callable[[ModuleType], str]) -> None:
    """Print what some work on the stored conversations tells; an error of its own in a line."""
    from charley.rasa.quiet import be_quiet

    be_quiet()
    from charley.rasa import stored

    try:
        print(work(stored))
    except ValueError as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
