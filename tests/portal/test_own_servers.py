"""Our own PostgreSQL and Valkey start, say where they are, keep strangers out, and end."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal import embedded
from portal.embedded import EmbeddedError, Services, processes

Asked = Callable[[str, str], str]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    started = embedded.start(tmp_path_factory.mktemp("servers") / "var", durable=False)
    yield started
    started.stop()


def test_both_roles_reach_one_database_in_utf8_and_utc(services: Services, asked: Asked) -> None:
    for url in (services.addresses.database_url, services.addresses.database_owner_url):
        assert asked(url, "SELECT current_database()") == "portal"
        assert asked(url, "SHOW server_encoding") == "UTF8"
        assert asked(url, "SHOW timezone") == "UTC"


def test_the_portal_owns_nothing_and_is_no_superuser(services: Services, asked: Asked) -> None:
    url = services.addresses.database_url
    assert (
        asked(url, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'portal'") == "False"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(url, "CREATE TABLE mine (id int)")
    assert asked(url, "CREATE TEMP TABLE staging AS SELECT 1 AS id; SELECT count(*) FROM staging") == "1"


def test_the_owner_makes_tables_and_is_no_superuser(services: Services, asked: Asked) -> None:
    url = services.addresses.database_owner_url
    assert asked(url, "SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'") == "False"
    assert asked(url, "CREATE TABLE a_table (id int); DROP TABLE a_table; SELECT 1") == "1"


def test_the_portal_may_put_on_the_console_role_but_does_not_have_its_rights(services: Services, asked: Asked) -> None:
    url = services.addresses.database_url
    assert asked(url, "SELECT pg_has_role('portal', 'console', 'MEMBER')") == "True"
    assert asked(url, "SELECT pg_has_role('portal', 'console', 'USAGE')") == "False"
    assert asked(url, "SET ROLE console; SELECT current_user") == "console"


def test_nobody_comes_in_without_the_password(services: Services) -> None:
    assert services.postgres
    assert services.valkey
    for role in ("postgres", "owner", "portal"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=services.postgres.port, user=role, dbname="portal", password="wrong")
    stranger = redis.Redis("127.0.0.1", services.valkey.port, retry=Retry(NoBackoff(), 0))
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    stranger.close()


def test_a_failing_statement_does_not_quote_its_values_in_the_log(services: Services) -> None:
    with psycopg.connect(services.addresses.database_url) as connection, pytest.raises(psycopg.DataError):
        connection.execute("SELECT '110101189003070016-canary'::int")
    with psycopg.connect(services.addresses.database_url) as connection:
        connection.execute("CREATE TEMP TABLE t (number text PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES ('8613812341234-canary')")
        with pytest.raises(psycopg.IntegrityError):
            connection.execute("INSERT INTO t VALUES ('8613812341234-canary')")
    log = (services.var / "log" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "8613812341234" not in log


def test_data_and_addresses_belong_to_us_alone(services: Services) -> None:
    var = services.var
    for folder in (var, var / "postgres", var / "valkey", var / "log"):
        assert folder.stat().st_mode & 0o077 == 0, folder
    for file in (var / "embedded.json", var / "postgres-passwords.json", var / "log" / "valkey.log"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_no_password_stands_on_a_command_line(services: Services) -> None:
    assert services.valkey
    assert services.valkey.process
    assert services.valkey.password not in processes.command_line(services.valkey.process.pid)


def test_another_process_finds_them_quickly_and_without_django(services: Services) -> None:
    question = (
        "import pathlib, sys, time; from portal import embedded; began = time.perf_counter();"
        "found = embedded.environment(pathlib.Path(sys.argv[1])); took = time.perf_counter() - began;"
        "assert 'django' not in sys.modules; assert took < 0.2, took; print(*found.values())"
    )
    said = subprocess.run(
        [sys.executable, "-c", question, str(services.var)], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == list(services.environment().values())


def test_a_second_start_is_told_who_runs(services: Services) -> None:
    with pytest.raises(EmbeddedError, match=r"already run in this checkout \(process \d+\)"):
        embedded.start(services.var)


def test_valkey_that_was_killed_comes_back_empty_at_its_address(services: Services) -> None:
    assert services.valkey
    assert services.valkey.process
    client = redis.Redis.from_url(services.valkey.url)
    client.set("left", "behind")
    client.close()
    services.valkey.process.kill()
    services.valkey.process.wait()
    assert embedded.environment(services.var) == {}
    before = services.valkey.url
    assert services.revive() == ["valkey"]
    assert services.valkey.url == before
    client = redis.Redis.from_url(before)
    assert client.dbsize() == 0
    client.close()


def test_what_was_written_is_there_after_a_restart_and_nothing_runs_in_between(tmp_path: Path, asked: Asked) -> None:
    # As deep as a checkout may lie: a Unix socket's path would be too long here.
    var = tmp_path / ("deep" * 30) / ("deeper" * 20) / "var"
    first = embedded.start(var)
    assert first.postgres
    assert asked(first.addresses.database_url, "SHOW fsync") == "on"
    asked(first.addresses.database_owner_url, "CREATE TABLE kept AS SELECT 7 AS number; SELECT 1")
    first.stop()
    assert embedded.environment(var) == {}
    assert processes.working_in(var / "postgres") == []

    began = time.monotonic()
    second = embedded.start(var)
    took = time.monotonic() - began
    try:
        assert asked(second.addresses.database_owner_url, "SELECT number FROM kept") == "7"
        assert took < 5
    finally:
        second.stop()


def test_servers_for_a_moment_leave_nothing(tmp_path: Path, asked: Asked) -> None:
    started = embedded.services.start_throwaway(tmp_path)
    assert asked(started.addresses.database_url, "SHOW fsync") == "off"
    assert embedded.environment(started.var) == started.environment()
    started.stop()
    assert list((tmp_path / "throwaway").iterdir()) == []


def test_only_what_is_missing_is_started(tmp_path: Path) -> None:
    started = embedded.start(tmp_path / "var", postgres=False)
    try:
        assert list(embedded.environment(tmp_path / "var")) == ["REDIS_URL"]
        assert not (tmp_path / "var" / "postgres").exists()
    finally:
        started.stop()
