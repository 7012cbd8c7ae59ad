"""What the tests of our own servers share."""

from collections.abc import Callable

import psycopg
import pytest

Asked = Callable[[str, str], str]


@pytest.fixture(scope="session")
def asked() -> Asked:
    """Statements to a database (a URL), and the first value of the last one's answer."""

    def ask(url: str, statements: str) -> str:
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statements)
            while cursor.nextset():
                pass
            row = cursor.fetchone()
        return str(row[0]) if row else ""

    return ask
