"""What a message leaves behind in the stores: rows, bytes, connections, events."""

from __future__ import annotations

import asyncio
from statistics import mean

import aio_pika

from benchmarks.load.deployment import QUEUES, Deployment, Side

SAMPLE = 300  # events whose size is looked at


def stored(running: Deployment, side: Side) -> dict[str, float]:
    """For each message of a person: rows and bytes in PostgreSQL, events and bytes in RabbitMQ; and connections."""
    rows, messages, size = running.asked(
        side,
        "select count(*), count(*) filter (where type_name = 'user'), pg_total_relation_size('events') from events",
    )
    (connections,) = running.asked(
        side, "select count(*) - 1 from pg_stat_activity where datname = current_database()"
    )
    events, event_size = asyncio.run(_queued(running, side))
    return {
        "messages": messages,
        "rows": rows / messages,
        "bytes": size / messages,
        "connections": connections,  # of all workers
        "events": events / messages,
        "event_bytes": event_size,
    }


async def _queued(running: Deployment, side: Side) -> tuple[int, float]:
    """How many events wait in the queue, and how long one is."""
    rabbit = running.stores.rabbit
    async with await aio_pika.connect(rabbit.url_at(rabbit.port)) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUES[side.name], passive=True)
        count = int(queue.declaration_result.message_count or 0)
        bodies = [await queue.get(no_ack=True, fail=False) for _ in range(min(SAMPLE, count))]
        return count, mean(len(body.body) for body in bodies if body is not None)
