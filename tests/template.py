"""The migrations run once a run of tests: each test process begins with a copy of the database they made.

The process that hands out the tests makes it, before it starts the others. Without others (``-n 0``) it is
pytest-django's usual way: one test database, migrated.
"""

import pytest
from django.db import connections
from pytest_django.plugin import blocking_manager_key

_HANDED_OVER = "migrated_database"
_made = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Make the database; nobody may be connected to it while it is copied."""
    owner = connections["owner"]
    with config.stash[blocking_manager_key].unblock():
        before = owner.settings_dict["NAME"]
        config.stash[_made] = owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        owner.close()
        config.add_cleanup(lambda: _drop(config, before))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a test process its name (``node``: xdist's handle of it)."""
    node.workerinput[_HANDED_OVER] = node.config.stash.get(_made, "")  # type: ignore[attr-defined]


def pytest_configure(config: pytest.Config) -> None:
    """In a test process: what Django makes its test database from."""
    if name := getattr(config, "workerinput", {}).get(_HANDED_OVER):
        connections["owner"].settings_dict["TEST"]["TEMPLATE"] = name


def _drop(config: pytest.Config, before: str) -> None:
    with config.stash[blocking_manager_key].unblock():
        connections["owner"].creation.destroy_test_db(before, verbosity=0)
