"""``python -m tests.benchmarks [NAME [OPTIONS]]``: one benchmark with its options, or all of them."""

import importlib
import os
import pkgutil
import sys
from types import ModuleType

import django

from tests import benchmarks


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    modules = (
        importlib.import_module(f"tests.benchmarks.{found.name}")
        for found in pkgutil.iter_modules(benchmarks.__path__)
        if not found.name.startswith("_")
    )
    known: dict[str, ModuleType] = {module.NAME: module for module in modules if hasattr(module, "NAME")}
    if arguments and arguments[0] not in known:
        print(f"There is no benchmark “{arguments[0]}”. There are: {', '.join(sorted(known))}.", file=sys.stderr)
        return 2
    for name in arguments[:1] or sorted(known):
        print(f"\n== {name}", flush=True)
        known[name].run(arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
