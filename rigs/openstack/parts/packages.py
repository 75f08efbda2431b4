"""What must be on the machine first: Debian packages (only those missing) and two virtual environments.

The environments lie in the cache, under a name made from their pins and their Python, so a clone made
later, or another rig, finds them ready. Whatever fails here means: cannot be installed here.
"""
import contextlib
import hashlib
import os
import shutil
import sys
import sysconfig

from ground import Cannot, HERE, lock, say
from processes import Job, finish_all

os.environ["PATH"] += ":/usr/sbin:/sbin"  # where Debian keeps servers, and few users look
START_GUARD = "/usr/sbin/policy-rc.d"


def missing_packages():
    """Debian package names for what this machine lacks, by looking for the thing and not for the package."""
    checks = [
        (shutil.which("mariadbd") and shutil.which("mariadb-install-db"), ["mariadb-server-core", "mariadb-client-core"]),
        (shutil.which("gcc") and os.path.exists("/usr/include/limits.h"), ["gcc", "libc6-dev"]),
        (has_module("venv") and has_module("ensurepip"), ["python3-venv"]),
        (os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")), ["python3-dev"]),
    ]
    return [package for there, packages in checks if not there for package in packages]


def has_module(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False


@contextlib.contextmanager
def no_service_starts():
    """Keeps Debian packages from starting their own system services while the block runs."""
    if os.path.exists(START_GUARD):
        yield
        return
    with open(START_GUARD, "w") as guard:
        guard.write("#!/bin/sh\nexit 101\n")
    os.chmod(START_GUARD, 0o755)
    try:
        yield
    finally:
        os.remove(START_GUARD)


def install_packages(rig, budget):
    missing = missing_packages()
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Cannot("missing %s, and there is no apt-get here" % ", ".join(missing))
    if os.geteuid() != 0:
        raise Cannot("missing apt packages and not root: apt-get install --no-install-recommends " + " ".join(missing))
    say("apt installs " + " ".join(missing))
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    wait = ["-o", "DPkg::Lock::Timeout=120"]
    logs = os.path.join(rig, "log")
    Job("apt-update", ["apt-get", "update", "-q"] + wait, logs, quiet).finish(budget, Cannot)
    with no_service_starts():
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"] + wait + missing
        Job("apt-install", install, logs, quiet).finish(budget, Cannot)
    still = missing_packages()
    if still:
        raise Cannot("apt ended well, yet these are missing for %s: %s" % (sys.executable, ", ".join(still)))


class Environments:
    """The server's and the client's virtual environments: apart, since the client's start time counts."""

    NAMES = ("server", "client")

    def __init__(self, cache):
        self.cache = cache
        self.root = os.path.join(cache, "openstack-" + self.key())

    @staticmethod
    def key():
        seen = hashlib.sha256(("%s %s" % (sys.version, os.path.realpath(sys.executable))).encode())
        for name in ("client.txt", "pins.txt", "server.txt"):
            with open(os.path.join(HERE, "requirements", name), "rb") as text:
                seen.update(text.read())
        return seen.hexdigest()[:16]

    def path(self, name, *parts):
        return os.path.join(self.root, name, *parts)

    def whole(self, name):
        return os.path.exists(self.path(name, "whole"))

    def build(self, rig, budget):
        """Builds what is not there yet, both side by side; half-built ones are begun anew."""
        if all(self.whole(name) for name in self.NAMES):
            return
        os.makedirs(self.root, exist_ok=True)
        held = lock(self.root + ".lock", budget.left())
        missing = [name for name in self.NAMES if not self.whole(name)]
        for name in missing:
            shutil.rmtree(self.path(name), ignore_errors=True)
        logs = os.path.join(rig, "log")
        finish_all([Job("venv-" + n, [sys.executable, "-m", "venv", self.path(n)], logs) for n in missing], budget, Cannot)
        finish_all([self.pip(name, logs) for name in missing], budget, Cannot)
        for name in missing:
            open(self.path(name, "whole"), "w").close()
        held.close()

    def pip(self, name, logs):
        pins = os.path.join(HERE, "requirements")
        env = dict(os.environ, PIP_CACHE_DIR=os.path.join(self.cache, "pip"), PIP_NO_INPUT="1",
                   PIP_DISABLE_PIP_VERSION_CHECK="1")
        return Job("pip-" + name, [self.path(name, "bin", "python"), "-m", "pip", "install",
                                   "-c", os.path.join(pins, "pins.txt"), "-r", os.path.join(pins, name + ".txt")], logs, env)
