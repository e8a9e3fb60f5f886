# What scripts/run, scripts/test and .ci/run share: finding what is installed, and making .venv. Sourced by bash.

# Each argument on a line of its own.
say() { printf '%s\n' "$@"; }

fail() {
    say "$@" >&2
    exit 1
}

# The first Python that is new enough, the one named by PYTHON before all others.
find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

need_python() {
    python=$(find_python) || fail "Chalkline needs Python 3.11 or newer; found: $(python3 --version 2>&1 || true)." \
        "Install one, or name it: PYTHON=/path/to/python3.11 $0"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"
}

# make_venv FILE...: .venv with what the requirement files name. Installs only when they changed since the last time.
make_venv() {
    local stamp=".venv/installed-${1%.txt}"
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        say "Making .venv with $python ..."
        "$python" -m venv --clear .venv
    fi
    if ! cat "$@" | cmp -s - "$stamp"; then
        say "Installing packages of $1 (a minute or two, this once) ..."
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1" ||
            fail "Packages could not be installed: see the message of pip above."
        cat "$@" >"$stamp"
    fi
}

# The folder of PostgreSQL's server programs, newest version first.
find_postgresql() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
        "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
            say "$folder"
            return
        fi
    done
    return 1
}

find_nginx() {
    PATH=$PATH:/usr/sbin command -v nginx
}

# The one without a window first: the same engine, at half the work for each page.
find_chromium() {
    local name
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    return 1
}
