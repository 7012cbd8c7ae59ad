"""The sandbox carrier's command line, the same with and without Django."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from lookups.carriers.sandbox.behaviour import BadBehaviour
from lookups.carriers.sandbox.carrier import Carrier, Credentials
from lookups.carriers.sandbox.server import BASE, Server

_LOOK_EVERY = 0.3


class CannotStart(Exception):
    """A sentence for whoever started the program."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for any parser."""
    parser.add_argument("code", help="the carrier's code; it names the credentials file")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free one and prints it")
    parser.add_argument("--bind", default="127.0.0.1", help="the address to listen on (this machine only by default)")
    parser.add_argument("--token", default="", help="the bearer token that the portal has to show")
    parser.add_argument("--webhook-secret", default="", help="whsec_…: what events are signed with")
    parser.add_argument("--callback", default="", help="where events go; /listener/… is added")
    parser.add_argument(
        "--credentials",
        type=Path,
        help="a JSON file with token, webhook_secret and callback_url, waited for until it exists "
        "(var/sandbox/CODE.json, unless --token is given)",
    )
    parser.add_argument("--answer-after", type=float, help="seconds from a ticket to its answer (20); negative: never")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=JSON", help="a switch of its behaviour (see behaviour.py)"
    )
    parser.add_argument("--memory", type=Path, help="a file to remember the tickets in over a restart")
    parser.add_argument("--seed", type=int, default=0, help="for what happens by chance")
    parser.add_argument("--quiet", action="store_true", help="no access log")


def run(options: argparse.Namespace, *, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT. `folder` holds the credentials files. Raises CannotStart."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    switches = _switches(options)
    file = None if options.token else options.credentials or folder / f"{options.code}.json"
    if file is None:
        credentials = Credentials(options.token, options.webhook_secret, options.callback)
    else:
        waited_for = _wait_for(file, stop)
        if waited_for is None:
            return
        credentials = waited_for
    try:
        carrier = Carrier(
            options.code,
            credentials,
            credentials_file=file,
            switches=switches,
            memory=options.memory,
            seed=options.seed,
        )
    except BadBehaviour as error:
        raise CannotStart(str(error)) from error
    try:
        server = Server((options.bind, options.port), carrier, log=not options.quiet)
    except OSError as error:
        raise CannotStart(f"Port {options.port} cannot be used: {error.strerror}.") from error
    carrier.start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="server", daemon=True).start()
    print(f"Sandbox carrier {options.code}: http://{options.bind}:{server.server_port}{BASE}", flush=True)
    stop.wait()
    server.shutdown()
    server.server_close()
    carrier.stop()


def _switches(options: argparse.Namespace) -> dict[str, Any]:
    switches: dict[str, Any] = {}
    for setting in options.set:
        name, _, value = setting.partition("=")
        try:
            switches[name] = json.loads(value)
        except ValueError:
            switches[name] = value
    if options.answer_after is not None:
        switches["answer_after"] = options.answer_after
    return switches


def _wait_for(file: Path, stop: threading.Event) -> Credentials | None:
    """The credentials, once the portal has written them; None if we are to stop before."""
    told = False
    while not stop.is_set():
        try:
            return Credentials.read(file)
        except FileNotFoundError:
            if not told:
                print(f"Waiting for {file} …", file=sys.stderr, flush=True)
                told = True
        except ValueError as error:
            # Perhaps half-written; a file that stays wrong is told each time it is looked at anew.
            if not told:
                print(f"{file} holds no credentials yet ({error}).", file=sys.stderr, flush=True)
                told = True
        except OSError as error:
            raise CannotStart(f"{file} cannot be read: {error.strerror}.") from error
        stop.wait(_LOOK_EVERY)
    return None
