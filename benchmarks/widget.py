"""Measures the chat widget in a real browser: python -m benchmarks.widget [--screenshots].

Needs Chromium (Debian: apt-get install chromium).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import aiohttp
import yaml
from playwright.sync_api import Browser, Page, sync_playwright

from charley.rasa import server
from charley.rasa.quiet import be_quiet

MODEL = Path("models/charley.tar.gz")
QUESTIONS = Path("tests/development/questions.csv")
SCRIPT = Path("widget/dist/charley-chat.js")
PICTURES = Path("docs/widget")
PORTS = 15300, 15301
MESSAGES = 100
SOCKETS = 200
SOCKETS_PATH = "/widget/socket.io/?EIO=4&transport=websocket"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
)
LABEL = "Chat about leg cramps"
# From the key to the frame that shows Charley's answer, by the page's own clock; in milliseconds.
ASK = """text => new Promise(resolve => {
  const root = document.querySelector('charley-chat').shadowRoot;
  const box = root.querySelector('textarea'), log = root.querySelector('[role=log]');
  const before = log.querySelectorAll('.charley').length;
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  const began = performance.now();
  new MutationObserver((_, seer) => {
    if (log.querySelectorAll('.charley').length === before) return;
    seer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
  }).observe(log, { childList: true, subtree: true });
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--screenshots", action="store_true", help=f"take those of {PICTURES}/ and measure nothing"
    )
    options = parser.parse_args()
    be_quiet()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit(
            "There is no Chromium. Install one (Debian: apt-get install chromium), then try again."
        )
    with tempfile.TemporaryDirectory() as folder:
        credentials = Path(folder) / "credentials.yml"
        quick = {"burst": 10 * MESSAGES, "per_second": 1000}
        channels = {"charley.rasa.rest.RestInput": None, "charley.rasa.widget.channel.WidgetInput": quick}
        credentials.write_text(yaml.safe_dump(channels), encoding="utf-8")
        print("Starting Charley …", flush=True)
        with server.running(MODEL, *PORTS, credentials=credentials):
            address = f"http://127.0.0.1:{PORTS[0]}"
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())
                screenshots(browser, address) if options.screenshots else measure_page(browser, address)
                browser.close()
            if not options.screenshots:
                asyncio.run(measure_sockets(f"{address.replace('http', 'ws')}{SOCKETS_PATH}"))


def measure_page(browser: Browser, address: str) -> None:
    """Print the size of the bundle, and how long people wait."""
    print(f"bundle: {len(gzip.compress(SCRIPT.read_bytes(), 9)):,} bytes gzip")
    page = open_chat(browser, address)
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        texts = [next(iter(row.values())) for row in csv.DictReader(file)][:MESSAGES]
    waits = [float(page.evaluate(ASK, text)) for text in texts]
    print(f"from Enter to the answer on screen, {len(waits)} messages: {_spread(waits)}")


async def measure_sockets(address: str) -> None:
    """Print how long it takes to acknowledge and to answer a message on each of many sockets at once."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = await asyncio.gather(*(session.ws_connect(address) for _ in range(SOCKETS)))
        for socket in sockets:
            await socket.send_str("40{}")
        for socket in sockets:
            await _until(socket, '42["session"')
        began = time.monotonic()
        for socket in sockets:
            await socket.send_str("421" + json.dumps(["say", {"id": "1", "text": "how do i stop a cramp"}]))
        waits = await asyncio.gather(*(_both(socket, began) for socket in sockets))
        await asyncio.gather(*(socket.close() for socket in sockets))
    acks, answers = [ack for ack, _ in waits], [answer for _, answer in waits]
    print(f"{SOCKETS} sockets at once, one message each: acknowledged after {_spread(acks)}")
    print(f"    answered after {_spread(answers)}")


async def _both(socket: aiohttp.ClientWebSocketResponse[bool], began: float) -> tuple[float, float]:
    ack = await _until(socket, "431")
    answer = await _until(socket, '42["answer"')
    return (ack - began) * 1000, (answer - began) * 1000


async def _until(socket: aiohttp.ClientWebSocketResponse[bool], start: str) -> float:
    """When a frame that begins so came."""
    while not str(await socket.receive_str()).startswith(start):
        pass
    return time.monotonic()


def screenshots(browser: Browser, address: str) -> None:
    """Take the pictures of the main states that the docs show."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    desk, phone = {"width": 900, "height": 760}, {"width": 390, "height": 780}
    for name, size, scheme, messages in [
        ("opened", desk, "light", []),
        ("answer", desk, "light", ["how do i stretch a calf cramp away"]),
        ("comparison", desk, "light", ["compare magnesium and potassium"]),
        ("emergency", phone, "light", ["my leg is swollen and now i have chest pain"]),
        ("check-up", phone, "light", ["should i see a doctor?"]),
        ("dark", phone, "dark", ["which foods have magnesium?"]),
    ]:
        page = open_chat(browser, address, viewport=size, color_scheme=scheme)
        for message in messages:
            page.evaluate(ASK, message)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(600)  # for what slides into view
        page.screenshot(path=PICTURES / f"{name}.png")
        page.context.close()
        print(PICTURES / f"{name}.png")


def open_chat(browser: Browser, address: str, **options: object) -> Page:
    """A page with the widget open, and connected."""
    page = browser.new_context(locale="en-US", **options).new_page()  # type: ignore[arg-type]
    page.goto(address)
    page.get_by_role("button", name=LABEL).click()
    page.get_by_role("textbox").wait_for()
    while not page.evaluate("sessionStorage.getItem('charley-token')"):
        page.wait_for_timeout(50)
    return page


def _spread(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return f"p50 {statistics.median(ordered):,.0f} ms, p95 {ordered[int(len(ordered) * 0.95) - 1]:,.0f} ms, longest {ordered[-1]:,.0f} ms"


if __name__ == "__main__":
    main()
