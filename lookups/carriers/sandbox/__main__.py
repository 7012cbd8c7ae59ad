"""Start the sandbox carrier without Django: `python -m lookups.carriers.sandbox CODE --port PORT`."""

import argparse
import sys
from pathlib import Path

from lookups.carriers.sandbox import program


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lookups.carriers.sandbox", description=program.__doc__)
    program.add_arguments(parser)
    try:
        program.run(parser.parse_args(), folder=Path("var") / "sandbox")
    except program.CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
