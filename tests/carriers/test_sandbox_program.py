"""The sandbox carrier as a program: how it starts, what it logs, what it remembers, how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

from lookups.carriers.transports.tmforum import TMForumTransport
from tests.carriers.letters import MEI_LINS_DISPUTE, MEI_LINS_NUMBER, address_of, make_letter
from tests.doubles.sandbox import ROOT, SandboxCarrier, wait_until


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.terminate()
    return process.communicate(timeout=60)


def test_the_log_holds_nothing_of_a_request() -> None:
    with SandboxCarrier() as carrier:
        transport = TMForumTransport(address_of(carrier))
        ticket_id = transport.send(make_letter()).remote_id
        transport.send(make_letter("note", remote_id=ticket_id, text="Call me."))
        transport.poll(MEI_LINS_DISPUTE, "")
        carrier.request("GET", f"/tmf-api/{MEI_LINS_NUMBER}?q={MEI_LINS_NUMBER}")
        carrier.request("POST", "/tmf-api/troubleTicket/v5/troubleTicket", {"description": MEI_LINS_NUMBER})
    assert "POST /tmf-api/troubleTicket/v5/troubleTicket 201" in carrier.log
    assert "PATCH /tmf-api/troubleTicket/v5/troubleTicket/{id} 200" in carrier.log
    assert "GET (unknown path) 404" in carrier.log
    for secret in (MEI_LINS_NUMBER[1:], MEI_LINS_DISPUTE, ticket_id, carrier.token, "photographed", "Call me"):
        assert secret not in carrier.log


def test_it_ends_when_it_is_told_to() -> None:
    with SandboxCarrier(slow=5) as carrier:
        process = carrier._process
    assert process is not None
    assert process.returncode is not None


def test_it_waits_for_its_credentials_and_notices_new_ones(tmp_path: Path) -> None:
    file = tmp_path / "blue.json"
    process = start("-m", "lookups.carriers.sandbox", "blue", "--port", "0", "--credentials", str(file))
    try:
        assert process.stderr is not None
        assert process.stdout is not None
        assert f"Waiting for {file}" in process.stderr.readline()
        file.write_text('{"token": ')  # half-written
        file.write_text(json.dumps({"token": "first"}))
        address = process.stdout.readline().split()[-1]
        carrier = SandboxCarrier(token="first")
        carrier.origin = address.partition("/tmf-api")[0]
        assert carrier.tickets() == []
        file.write_text(json.dumps({"token": "second"}))
        carrier.token = "second"
        assert carrier.tickets() == []
        carrier.token = "first"
        assert carrier.request("GET", "/sandbox/tickets")[0] == 401
    finally:
        end(process)


def test_a_port_in_use_and_a_wrong_switch_are_one_sentence() -> None:
    with SandboxCarrier() as carrier:
        port = carrier.origin.rpartition(":")[2]
        second = start("-m", "lookups.carriers.sandbox", "blue", "--port", port, "--token", "t")
        _, told = second.communicate(timeout=60)
    assert second.returncode == 1
    assert told.strip() == f"Port {port} cannot be used: Address already in use."
    third = start("-m", "lookups.carriers.sandbox", "blue", "--port", "0", "--token", "t", "--set", "sloth=1")
    assert third.communicate(timeout=60)[1].strip() == "There is no switch sloth."


def test_with_a_memory_it_still_answers_after_a_restart(tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    with SandboxCarrier(answer_after=0.3, arguments=("--memory", str(memory))) as carrier:
        TMForumTransport(address_of(carrier)).send(make_letter())
        before = carrier.ticket(MEI_LINS_DISPUTE)["id"]
    assert memory.stat().st_mode & 0o777 == 0o600
    with SandboxCarrier(answer_after=0.1, arguments=("--memory", str(memory))) as carrier:
        wait_until(lambda: carrier.ticket(MEI_LINS_DISPUTE)["status"] == "resolved")
        assert TMForumTransport(address_of(carrier)).send(make_letter()).remote_id == before


def test_manage_py_starts_it_without_a_database() -> None:
    command = [sys.executable, "manage.py", "sandbox_carrier", "blue", "--port", "0", "--token", "t"]
    nowhere = "postgresql://nobody@127.0.0.1:9/nothing"
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Sandbox carrier blue: http://127.0.0.1:")
    finally:
        _, told = end(process)
    assert process.returncode == 0, told
