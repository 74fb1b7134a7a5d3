"""The files that a page with the widget loads."""

from __future__ import annotations

import gzip
from pathlib import Path

import aiohttp
import pytest

from charley.facts import load_table
from charley.rasa.widget.files import SCRIPT, WIDGET, FileMissing, read_files
from tests.conftest import Site

PICTURES = load_table(Path(__file__).parents[3] / "data" / "facts").pictures
FILES = [
    ("/", "text/html"),
    ("/page.css", "text/css"),
    ("/page.js", "text/javascript"),
    (SCRIPT, "text/javascript"),
    ("/widget/lang/en.json", "application/json"),
    ("/widget/drawings/stretch-calf.svg", "image/svg+xml"),
]


@pytest.mark.parametrize(("path", "content_type"), FILES)
async def test_each_file_is_served_compressed_and_kept_by_browsers(
    path: str, content_type: str, site: Site
) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as browser:
        async with browser.get(site.url + path, headers={"Accept-Encoding": "gzip"}) as reply:
            assert reply.status == 200
            assert reply.headers["Content-Encoding"] == "gzip"
            assert reply.headers["Content-Type"].startswith(content_type)
            assert reply.headers["Vary"] == "Accept-Encoding"
            etag, packed = reply.headers["ETag"], await reply.read()
        async with browser.get(site.url + path, headers={"Accept-Encoding": "identity"}) as reply:
            assert "Content-Encoding" not in reply.headers
            assert await reply.read() == gzip.decompress(packed)
        async with browser.get(site.url + path, headers={"If-None-Match": etag}) as reply:
            assert reply.status == 304
            assert not await reply.read()
        async with browser.head(site.url + path) as reply:
            assert reply.status == 200


@pytest.mark.parametrize(("path", "content_type"), FILES)
async def test_no_file_may_load_anything_from_elsewhere(path: str, content_type: str, site: Site) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(site.url + path) as reply:
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert ("Access-Control-Allow-Origin" in reply.headers) == path.startswith("/widget/")


@pytest.mark.parametrize(
    "path",
    [
        "/widget",
        "/widget/",
        "/widget/lang",
        "/widget/lang/",
        "/widget/lang/../../credentials.yml",
        "/widget/lang/%2e%2e/%2e%2e/credentials.yml",
        "/widget/drawings/..%2f..%2fcredentials.yml",
        "/widget/src/chat.ts",
        "/widget/package.json",
        "/page.html",
    ],
)
async def test_nothing_else_is_served(path: str, site: Site) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(site.url + path) as reply:
        assert reply.status == 404


def test_every_drawing_that_facts_show_is_there_and_every_one_there_is_shown() -> None:
    for form in ("svg", "png"):
        assert {path.stem for path in (WIDGET / "drawings").glob(f"*.{form}")} == set(PICTURES)


@pytest.mark.parametrize("path", sorted((WIDGET / "drawings").glob("*.svg")), ids=lambda path: path.stem)
def test_a_drawing_holds_nothing_but_shapes(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for forbidden in ("<script", "href", "<style", "<foreignobject", "<text", "url(", "@import", " on"):
        assert forbidden not in text


def test_a_widget_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="npm run build"):
        read_files(tmp_path)
