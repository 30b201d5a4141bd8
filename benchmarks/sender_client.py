"""Clients of a running service, in a process of their own: `python -m benchmarks.sender_client`.

Reads from standard input a line `PORT PATH KEY CLIENTS` and then one body a line; posts the bodies
over as many kept connections, and prints the seconds for all and for each as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from time import perf_counter

import uvloop

__all__ = ["posted"]


async def posted(
    port: int, path: str, key: str, bodies: list[bytes], clients: int
) -> tuple[float, list[float]]:
    """Seconds for all of `bodies` and for each, as a process of its own measures them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    head = f"{port} {path} {key} {clients}".encode()
    output, _ = await process.communicate(b"\n".join((head, *bodies)))
    if process.returncode:
        raise RuntimeError("a client got no answer")
    seconds, times = json.loads(output)
    return seconds, times


async def _post_all(
    port: int, path: str, key: str, bodies: Iterator[bytes], clients: int
) -> tuple[float, list[float]]:
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            start = perf_counter()
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            answer = await reader.readexactly(length)
            if not head.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
                raise RuntimeError(answer[:300])
            times.append(perf_counter() - start)
        writer.close()

    start = perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return perf_counter() - start, times


def main() -> None:
    head, *bodies = sys.stdin.buffer.read().split(b"\n")
    port, path, key, clients = head.decode().split()
    work = _post_all(int(port), path, key, iter(bodies), int(clients))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(work)))


if __name__ == "__main__":
    main()
