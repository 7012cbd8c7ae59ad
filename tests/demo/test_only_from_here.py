"""/demo/ shows everyone's codes: it answers this very machine and nobody else."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_sees_it(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/demo/", secure=True).status_code == 200


@pytest.mark.parametrize("address", ["203.0.113.7", "192.168.1.4", "2001:db8::1", "::ffff:10.0.0.1", ""])
def test_no_other_machine_does(address: str) -> None:
    client = Client(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert client.get("/demo/", secure=True).status_code == 404
