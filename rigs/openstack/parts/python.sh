# Sourced: sets $python to an interpreter that Caracal runs on (3.8 to 3.11), or ends with status 3.
# A candidate is run, not only found: version switchers leave names on PATH that start nothing.
fits() { "$1" -c 'import sys; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 11))' >/dev/null 2>&1; }

choose() {
    for candidate in python3 python3.11 python3.10 python3.9 python3.8 /usr/bin/python3; do
        fits "$candidate" && python=$candidate && return 0
    done
    return 1
}

if [ -n "${RIG_PYTHON:-}" ]; then
    python=$RIG_PYTHON
    fits "$python" || { echo "rig: cannot be installed here: RIG_PYTHON=$python is not Python 3.8 to 3.11" >&2; exit 3; }
elif ! choose; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v python3 >/dev/null; then
        echo "rig: no python3: asking apt for it" >&2
        { apt-get update -q && apt-get install -y -q --no-install-recommends python3; } >/dev/null 2>&1
    fi
    choose || { echo "rig: cannot be installed here: no Python 3.8 to 3.11 on PATH (RIG_PYTHON names one)" >&2; exit 3; }
fi
