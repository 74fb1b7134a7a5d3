"""`python -m scripts.audit`: what Charley is made of, and what is known against it."""

from __future__ import annotations

from typing import NoReturn

import typer

from scripts.audit import bom, check, page, record

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


@app.command("bom")
def bills() -> None:
    """Write the bills of materials into var/sbom/ (CycloneDX 1.5)."""
    try:
        for place in bom.write():
            print(f"Written: {place}")
    except bom.NoBom as error:
        _stop(str(error))


@app.command("check")
def audit(live: bool = typer.Option(False, help="Fail where a database can't be asked, too.")) -> None:
    """Hold the locks against the record of known vulnerabilities and the live databases; exit 1 on what is new."""
    try:
        known = record.load()
        found = check.check(known)
    except (record.BadRecord, bom.NoBom) as error:
        _stop(str(error))
    for line in check.lines(found, known):
        print(line)
    if not page.is_current(known):
        _stop(f"{page.PAGE} is older than {record.RECORD}. Make it anew with: python -m scripts.audit page")
    if found.failed(live):
        raise typer.Exit(1)


@app.command("page")
def pages() -> None:
    """Make docs/vulnerabilities.md of docs/vulnerabilities.yml."""
    try:
        print(f"Written: {page.write(record.load())}")
    except record.BadRecord as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
