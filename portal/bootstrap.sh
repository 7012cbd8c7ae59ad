#!/bin/sh
# Makes .venv with the locked dependencies; does nothing (in some 30 ms) when it is there and the lock has not changed.
# Writes nothing outside the checkout: temporary files go to var/tmp, and pip keeps no cache.
set -eu
cd "$(dirname "$0")/.."
lock=requirements-dev.lock
stamp=.venv/.stamp # A copy of the lock that was installed, written last: an interrupted installation has none.

fail() {
    echo "$1" >&2
    exit 1
}

good() { # Is this a Python that runs, and new enough? (The name alone says neither.)
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if cmp -s "$lock" "$stamp" && good .venv/bin/python; then
    exit 0
fi

python=
if [ -n "${PYTHON:-}" ]; then
    good "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer."
    python=$PYTHON
else
    for candidate in python3.13 python3.12 python3.11 python3; do
        if good "$candidate"; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null || echo "no Python 3")
    fail "Python 3.11 or newer is needed and $found was found: install one, or name it with PYTHON=/path/to/python."
fi

umask 077
mkdir -p var/tmp
TMPDIR="$PWD/var/tmp"
RUSTUP_HOME="$TMPDIR/rustup" # pip asks "rustc --version", which writes into the home folder where rustup is installed.
PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_REQUIRE_VIRTUALENV=1
export TMPDIR RUSTUP_HOME PIP_NO_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK PIP_NO_INPUT PIP_REQUIRE_VIRTUALENV
umask 022

if ! good .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "Making .venv with $("$python" --version) …"
    rm -rf .venv
    "$python" -m venv .venv >var/tmp/venv.log 2>&1 ||
        fail "$python could not make .venv (on Debian: apt install python3-venv). What it said is in var/tmp/venv.log."
fi
echo "Installing what $lock names …"
.venv/bin/python -m pip install --quiet --require-hashes -r "$lock" ||
    fail "The dependencies could not be installed; nothing was started. Run the same command again to continue."
cp "$lock" "$stamp"
