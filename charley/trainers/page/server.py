"""Serves the trainers' page on this machine, or to a network behind a login."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

from waitress import create_server

from charley.rasa.training import MODEL
from charley.trainers.page.access import Access, NotOpened
from charley.trainers.page.desk import Desk

THREADS = 8


def serve(host: str, port: int, address: str = "", model: Path = MODEL) -> None:
    """Open the page and serve it until stopped.

    Args:
        address: where people reach it, if a proxy passes it on.

    Raises:
        charley.trainers.page.access.NotOpened: if it can't be opened like this.
    """
    access = Access.of(host, os.environ, address)
    from charley.trainers.page.app import make_app

    logging.getLogger("waitress").setLevel(logging.ERROR)
    desk = Desk(Path(), model)
    try:
        server = create_server(
            make_app(desk, access).server, host=host, port=port, threads=THREADS, ident=None
        )
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = (
            f"Port {port} is in use by another program; choose another with --port." if taken else str(error)
        )
        raise NotOpened(f"The page can't listen at {host}: {why}") from error
    desk.open()
    shown = access.address or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"The trainers' page is open: {shown}/  (ctrl-C closes it)", flush=True)
    try:
        server.run()
    finally:
        server.close()
