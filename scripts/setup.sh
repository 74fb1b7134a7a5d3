#!/bin/sh
# Makes .venv from uv.lock, with a Python 3.10 found on this machine or fetched by uv.
# Run by `make`; safe to run again: it does nothing where nothing has changed.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }

is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }

find_310() {
    for candidate in python3.10 "$HOME"/.pyenv/versions/3.10*/bin/python3.10 python3 python; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        if is_310 "$path"; then printf '%s' "$path"; return 0; fi
    done
    return 1
}

# uv comes pinned and hashed, into an environment of its own: an environment made by pyenv's
# 3.10 hides programs that other Pythons installed.
bootstrap_uv() {
    say "Setting up: getting uv, which installs the rest …"
    # By full path too: pyenv's python3 refuses to run here when it has no 3.10.
    for any in "${python:-}" python3 python /usr/bin/python3 "$HOME"/.pyenv/versions/3*/bin/python3; do
        [ -n "$any" ] || continue
        "$any" -m venv .uv 2>/dev/null && break
    done
    [ -x .uv/bin/python ] || { say "No working Python found. Install Python 3 (any version) with venv, then try again." >&2; exit 1; }
    .uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r scripts/uv.txt || {
        say "Could not get uv from the package registry. Check your network, then try again." >&2; exit 1; }
}

python=$(find_310) || python=""
[ -x .uv/bin/uv ] && cmp -s scripts/uv.txt .uv/pinned 2>/dev/null || { rm -rf .uv; bootstrap_uv; cp scripts/uv.txt .uv/pinned; }

if ! [ -x .venv/bin/python ] || ! is_310 .venv/bin/python; then
    if [ -z "$python" ]; then
        say "No Python 3.10 here; uv gets one …"
        .uv/bin/uv python install --install-dir .uv/python 3.10 || {
            say "Charley needs Python 3.10 (Rasa 3.6 runs on nothing newer), and uv could not download it." >&2
            say "Install it (for example: apt install python3.10-venv, or pyenv install 3.10), then try again." >&2
            exit 1; }
        python=$(ls .uv/python/*/bin/python3.10 | head -n 1)
    fi
    rm -rf .venv
    .uv/bin/uv venv --quiet --no-project --python "$python" .venv
fi

say "Setting up: installing what uv.lock names (a minute or two the first time) …"
.uv/bin/uv sync --frozen --quiet || {
    say "Installing failed; the lines above say why. Check your network and disk space (3 GB), then try again." >&2; exit 1; }
