"""Lines are checked and sealed in other processes, since that is most of an import's work.

Plain pipes rather than an executor: a worker whose parent was killed reads the end of its pipe and goes. Each worker
has one chunk at a time, so what is in memory does not depend on the length of the file.
"""

import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterable, Iterator
from multiprocessing.connection import Connection

from lookups.registry.feeds.chunks import Reader
from lookups.registry.feeds.lines import Batch, NotText, Reject, Terms
from lookups.registry.feeds.source import Chunk

WORKERS = max(1, min(2, os.cpu_count() or 1))
_NICENESS = 5


class WorkerFailed(Exception):
    """A worker ended without an answer (killed, out of memory), or met an error of its own: this is its type."""


def batches(chunks: Iterable[Chunk], terms: Terms, *, workers: int = WORKERS) -> Generator[Batch]:
    """The batches of ``chunks``, in their order. A file of one chunk is read in this process. Raises NotText."""
    chunks = iter(chunks)
    first, second = next(chunks, None), next(chunks, None)
    if first is None:
        return
    if second is None:
        yield _read_here(first, terms)
        return
    with _started(terms, workers) as pipes:
        waiting: list[Connection] = []
        ahead: Iterator[Chunk] = _chain(first, second, chunks)
        for pipe in pipes:
            chunk = next(ahead, None)
            if chunk is not None:
                _send(pipe, chunk)
                waiting.append(pipe)
        upcoming = next(ahead, None)
        while waiting:
            pipe = waiting.pop(0)
            batch = _receive(pipe)
            if upcoming is not None:
                _send(pipe, upcoming)
                waiting.append(pipe)
            yield batch
            if upcoming is not None:
                upcoming = next(ahead, None)


def _read_here(chunk: Chunk, terms: Terms) -> Batch:
    try:
        return Reader(terms).read(chunk)
    except NotText:
        raise
    except Exception as error:
        raise WorkerFailed(type(error).__name__) from None


def _chain(first: Chunk, second: Chunk, rest: Iterator[Chunk]) -> Iterator[Chunk]:
    yield first
    yield second
    yield from rest


@contextlib.contextmanager
def _started(terms: Terms, workers: int) -> Iterator[list[Connection]]:
    # Forked: an interpreter that has Django, the rules and the keys costs nothing more. The children use no connection
    # of this process, and leave without running its exit handlers.
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    processes = []
    try:
        for _ in range(workers):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=_work, args=(theirs, list(pipes), terms), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
                process.join()


def _work(pipe: Connection, parents: list[Connection], terms: Terms) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for parent in parents:
        parent.close()
    # Whoever waits for a page goes first; where nobody does, this costs nothing.
    os.nice(_NICENESS)
    # A feed makes no cycles, and looking for them is a tenth of the work.
    gc.disable()
    reader = Reader(terms)
    with contextlib.suppress(EOFError, OSError):
        while True:
            first_line = int.from_bytes(pipe.recv_bytes())
            try:
                batch = reader.read(Chunk(first_line, pipe.recv_bytes()))
            except Exception as error:
                # The type alone: what an error says may hold a line.
                pipe.send(type(error).__name__)
                return
            pipe.send((batch.lines, batch.taken, [(each.line, each.column, each.reason) for each in batch.rejects]))
            pipe.send_bytes(batch.rows)


def _send(pipe: Connection, chunk: Chunk) -> None:
    try:
        pipe.send_bytes(chunk.first_line.to_bytes(8))
        pipe.send_bytes(chunk.content)
    except OSError:
        raise WorkerFailed("a worker ended") from None


def _receive(pipe: Connection) -> Batch:
    try:
        counts = pipe.recv()
        if isinstance(counts, str):
            raise NotText if counts == NotText.__name__ else WorkerFailed(counts)
        lines, taken, rejects = counts
        return Batch(lines, taken, pipe.recv_bytes(), [Reject(*each) for each in rejects])
    except (EOFError, OSError):
        raise WorkerFailed("a worker ended") from None
