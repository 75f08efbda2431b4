"""Where the rig stands: directories, ports, the time budget, and how it speaks.

Nothing here starts a program or opens a connection.
"""
import fcntl
import os
import secrets
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MARK = ".omega-rig"
ADDRESS = "127.0.0.1"
# The service's usual port with a 1 before it, so that a real one beside the rig does not collide.
USUAL_PORTS = {"database": 13306, "keystone": 15000, "neutron": 19696, "glance": 19292}


class Cannot(Exception):
    """The rig cannot be installed on this machine: status 3."""


class Failed(Exception):
    """Installed, but it did not work: status 1."""


class OutOfTime(Exception):
    """The budget is spent; the text says what was under way."""


def say(text):
    print("rig: " + text, flush=True)


def complain(text):
    print("rig: " + text, file=sys.stderr, flush=True)


def rig_dir():
    return os.path.abspath(os.environ.get("RIG") or os.path.join(".rig", "openstack"))


def cache_dir():
    """Outside the clone, so that the next clone finds what this one downloaded."""
    if os.environ.get("RIG_CACHE"):
        return os.path.abspath(os.environ["RIG_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "omega-rig")


def ports():
    """Each may be set: RIG_PORT_DATABASE, RIG_PORT_KEYSTONE, RIG_PORT_NEUTRON, RIG_PORT_GLANCE."""
    chosen = {}
    for service, usual in USUAL_PORTS.items():
        name = "RIG_PORT_" + service.upper()
        text = os.environ.get(name) or str(usual)
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise Failed("%s=%s is not a port" % (name, text))
        chosen[service] = int(text)
    return chosen


class Budget:
    """What is left of the time, and what it is being spent on."""

    def __init__(self, seconds):
        self.seconds, self.began = seconds, time.monotonic()
        self.doing, self.since = "starting", self.began
        self.installing = True

    @classmethod
    def from_environment(cls):
        text = os.environ.get("RIG_BUDGET") or "900"
        if not text.isdigit() or int(text) == 0:
            raise Failed("RIG_BUDGET=%s is not a number of seconds" % text)
        return cls(int(text))

    def stage(self, doing):
        """Closes the stage under way and names the next."""
        now = time.monotonic()
        if self.doing != "starting":
            say("%6.1f s  %s" % (now - self.since, self.doing))
        self.doing, self.since = doing, now

    def spent(self):
        return time.monotonic() - self.began

    def left(self):
        left = self.seconds - self.spent()
        if left <= 0:
            raise OutOfTime("stopped after %d s (RIG_BUDGET) while: %s" % (self.seconds, self.doing))
        return left


def prepare(rig):
    """Makes the rig's directories. Refuses a directory that holds something else."""
    if os.path.isdir(rig) and os.listdir(rig) and not os.path.exists(os.path.join(rig, MARK)):
        raise Failed("%s is not empty and no rig: name another with RIG" % rig)
    for part in ("etc", "log", "run", "home", "bin", "done"):
        os.makedirs(os.path.join(rig, part), exist_ok=True)
    os.chmod(rig, 0o700)
    open(os.path.join(rig, MARK), "a").close()


def write_private(path, text):
    """Writes a file that only its owner reads, whole or not at all."""
    new = path + ".new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    os.replace(new, path)


def password(rig):
    """The rig's one password: made at the first start, kept until the rig is purged."""
    path = os.path.join(rig, "etc", "password")
    if not os.path.exists(path):
        write_private(path, secrets.token_hex(16) + "\n")
    with open(path) as kept:
        return kept.read().strip()


def lock(path, seconds):
    """Holds an exclusive lock until the process ends. Returns the open file: keep it."""
    held = open(path, "a+")
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if time.monotonic() > until:
                held.seek(0)
                raise Failed("%s is held by process %s" % (path, held.read().strip() or "unknown"))
            time.sleep(0.2)
    held.truncate(0)
    held.write("%d\n" % os.getpid())
    held.flush()
    return held
