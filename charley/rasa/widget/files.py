"""The files that a page with the widget loads, read once and kept compressed.

Rasa's server can serve a folder, but not compressed, without a cache's headers, and a request for
a folder ends in an error.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sanic.request import Request
from sanic.response import HTTPResponse, raw

WIDGET = Path(__file__).resolve().parents[3] / "widget"
PAGE = "/"
SCRIPT = "/widget/charley-chat.js"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",  # for messaging platforms, which show no SVG
}
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Vary": "Accept-Encoding"}
OF_PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
FOR_ANY_PAGE = {
    "Content-Security-Policy": "default-src 'none'",
    "Cache-Control": "public, max-age=3600",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class FileMissing(FileNotFoundError):
    """The widget has not been built; the message says how to."""


@dataclass(frozen=True)
class File:
    """What is sent for one path."""

    content: bytes
    compressed: bytes
    headers: Mapping[str, str]
    content_type: str

    @classmethod
    def read(cls, path: Path, headers: Mapping[str, str]) -> File:
        content = path.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = {**ALWAYS, **headers, "ETag": etag}
        return cls(content, gzip.compress(content, mtime=0), headers, TYPES[path.suffix])

    def answer(self, request: Request) -> HTTPResponse:
        """The response: 304 where the client has it, compressed where it takes that."""
        if self.headers["ETag"] in request.headers.get("if-none-match", ""):
            return raw(b"", status=304, headers=dict(self.headers))
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**self.headers, "Content-Encoding": "gzip"}
            return raw(self.compressed, headers=headers, content_type=self.content_type)
        return raw(self.content, headers=dict(self.headers), content_type=self.content_type)


def read_files(root: Path = WIDGET) -> dict[str, File]:
    """All files by the path under which they are served.

    Raises:
        FileMissing: if the built script is not there.
    """
    script = root / "dist" / "charley-chat.js"
    if not script.exists():
        raise FileMissing(f"{script} is missing. Build it with: cd widget && npm ci && npm run build")
    files = {SCRIPT: File.read(script, FOR_ANY_PAGE)}
    for folder in ("lang", "drawings"):
        for path in sorted((root / folder).iterdir()):
            if path.suffix in TYPES:
                files[f"/widget/{folder}/{path.name}"] = File.read(path, FOR_ANY_PAGE)
    for path in sorted((root / "page").iterdir()):
        name = PAGE if path.name == "index.html" else f"/{path.name}"
        files[name] = File.read(path, OF_PAGE)
    return files
