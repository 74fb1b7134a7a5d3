"""Frames: whatever is sent, it is an event, a greeting, an answer to one, or a leave-taking."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from socketio import packet

from charley.rasa.widget.frames import Frame


@pytest.mark.parametrize(
    ("frame", "kind", "data", "number"),
    [
        ('2["say",{"id":"1","text":"hi"}]', packet.EVENT, ["say", {"id": "1", "text": "hi"}], None),
        ('212["say"]', packet.EVENT, ["say"], 12),
        ('0{"token":"x"}', packet.CONNECT, {"token": "x"}, None),
        ("0", packet.CONNECT, None, None),
        ("1", packet.DISCONNECT, None, None),
        ("35[]", packet.ACK, [], 5),
    ],
)
def test_what_the_widget_sends_is_read(frame: str, kind: int, data: object, number: int | None) -> None:
    read = Frame(encoded_packet=frame)
    assert (read.packet_type, read.data, read.id) == (kind, data, number)


@pytest.mark.parametrize(
    "frame",
    [
        "9",
        '2["connect",{},{}]',
        '2["disconnect"]',
        "x",
        "2",
        "2[]",
        "2[1]",
        "2{}",
        '2{"a":1}',
        "2[" * 5000,
        '51-["say",{"_placeholder":true,"num":0}]',
        '6999999999-["x"]',
        "4{}",
        "3",
        "3[]",
        "0" + "1" * 300,
        b"\x00\x01",
        "",
        None,
        [],
        [1, 2],
        7,
        "2[\ud800]",
    ],
    ids=lambda frame: str(frame)[:20],
)
def test_what_can_not_be_read_is_a_leave_taking(frame: object) -> None:
    assert Frame(encoded_packet=frame).packet_type == packet.DISCONNECT


@given(st.one_of(st.text(), st.binary(), st.from_regex(r"[0-6]\d{0,12}-?(/\w*,)?\d*[\[{].*")))
@example("2" + "[" * 100_000)
def test_no_frame_raises_nor_announces_more(frame: str | bytes) -> None:
    read = Frame(encoded_packet=frame)
    assert read.attachment_count == 0
    if read.packet_type == packet.EVENT:
        assert isinstance(read.data[0], str)
