"""What the address of the database says of the connection is heeded."""

from portal.settings import _database


def test_a_demanded_encryption_stays() -> None:
    options = _database("postgres://portal@db.example/portal?sslmode=verify-full&sslrootcert=/ca.pem", pool=True)[
        "OPTIONS"
    ]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/ca.pem")
    assert options["pool"] is True
    assert options["application_name"].startswith("portal ")
