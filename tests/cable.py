"""What lies between a client and a service: a test can pull it, cut it, or lead it elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Cable:
    """Carries bytes to the service at ``target`` until it is pulled, or cut."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.pulled = False
        self._ends: list[asyncio.StreamWriter] = []
        self._carrying: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End every connection, without a word."""
        for end in self._ends:
            end.transport.abort()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        """The address of its near end, host:port."""
        server = await asyncio.start_server(self._plug, "127.0.0.1", 0)
        async with server:
            yield "{}:{}".format(*server.sockets[0].getsockname())
            self.cut()
            await asyncio.gather(*self._carrying)

    def _plug(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._carrying.add(asyncio.create_task(self._carry(near, back)))

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            far, out = await asyncio.open_connection(*self.target.split(":"))
        except OSError:
            back.transport.abort()
            return
        self._ends += [back, out]
        await asyncio.gather(self._pipe(near, out), self._pipe(far, back))

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(4096):
                if not self.pulled:
                    sink.write(data)
        except OSError:
            pass  # cut
        finally:
            sink.close()
