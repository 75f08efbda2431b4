"""Programs: run to their end within the budget, or kept running in a session of their own.

A kept process is known by pid, start time and boot, so that a number used again is never mistaken for ours.
"""
import hashlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from ground import ADDRESS, Failed

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: all is loopback


def tail(path, lines=15):
    try:
        with open(path, errors="replace") as log:
            return "".join("    " + line.rstrip() + "\n" for line in log.readlines()[-lines:])
    except OSError as error:
        return "    (no log: %s)\n" % error


class Job:
    """A program that ends by itself. Its output goes to a log, shown only on failure."""

    def __init__(self, name, argv, log_dir, env=None, cwd=None):
        self.name, self.argv = name, argv
        self.log = os.path.join(log_dir, name + ".log")
        with open(self.log, "wb") as out:
            try:
                self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                              cwd=cwd, start_new_session=True)
            except OSError as error:
                raise Failed("%s: %s" % (argv[0], error))

    def stop(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def finish(self, budget, wrong=Failed):
        """Waits; raises `wrong` with the log's end when the program fails."""
        try:
            status = self.child.wait(timeout=budget.left())
        except subprocess.TimeoutExpired:
            self.stop()
            budget.left()
            raise Failed("%s did not end" % self.name)
        except BaseException:
            self.stop()
            raise
        if status != 0:
            raise wrong("%s: '%s' ended with %d; the end of %s:\n%s"
                        % (self.name, " ".join(self.argv[:4]), status, self.log, tail(self.log)))


def finish_all(jobs, budget, wrong=Failed):
    """Waits for jobs that run side by side; when one fails, the others are stopped."""
    try:
        for job in jobs:
            job.finish(budget, wrong)
    except BaseException:
        for job in jobs:
            job.stop()
        raise


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as text:
        return text.read().strip()


def stat_of(pid):
    """(state, session, start time) of a process, or None."""
    try:
        with open("/proc/%d/stat" % pid) as text:
            fields = text.read().rsplit(")", 1)[1].split()
        return fields[0], int(fields[3]), int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


class Kept:
    """A process that goes on after us, recorded in RUN/NAME.pid."""

    def __init__(self, rig, name):
        self.name = name
        self.record = os.path.join(rig, "run", name + ".pid")
        self.log = os.path.join(rig, "log", name + ".log")
        self.child = None

    def recorded(self):
        """(pid, start time, fingerprint) of this boot, or None."""
        try:
            with open(self.record) as text:
                pid, began, boot, fingerprint = text.read().split()
            return (int(pid), int(began), fingerprint) if boot == boot_id() else None
        except (OSError, ValueError):
            return None

    def alive(self):
        known = self.recorded()
        seen = stat_of(known[0]) if known else None
        return seen is not None and seen[2] == known[1] and seen[0] not in "ZX"

    def members(self):
        """Every live process of the session we opened, its leader among them or gone."""
        known = self.recorded()
        if known is None:
            return []
        leader = stat_of(known[0])
        if leader is not None and leader[2] != known[1]:
            return []  # the number belongs to another process now
        found = []
        for entry in os.listdir("/proc"):
            seen = stat_of(int(entry)) if entry.isdigit() else None
            if seen and seen[1] == known[0] and seen[2] >= known[1] and seen[0] not in "ZX":
                found.append(int(entry))
        return found

    def start(self, argv, port, env, depends_on=()):
        """Starts the program unless it runs already with the same arguments and configuration."""
        fingerprint = fingerprint_of(argv, depends_on)
        if self.alive() and self.recorded()[2] == fingerprint:
            return False
        self.stop()
        if listens(port):
            raise taken(self.name, port)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                          cwd=os.path.dirname(os.path.dirname(self.record)), start_new_session=True)
        seen = stat_of(self.child.pid)
        if seen is None:
            raise Failed("%s ended at once; the end of %s:\n%s" % (self.name, self.log, tail(self.log)))
        with open(self.record, "w") as out:
            out.write("%d %d %s %s\n" % (self.child.pid, seen[2], boot_id(), fingerprint))
        return True

    def wait(self, ready, seconds, budget):
        """Polls until `ready()`; fails at once when the process dies."""
        until = time.monotonic() + seconds
        while not ready():
            if self.child is not None and self.child.poll() is not None or not self.alive():
                raise Failed("%s died; the end of %s:\n%s" % (self.name, self.log, tail(self.log)))
            if time.monotonic() > until:
                raise Failed("%s is not ready after %d s; the end of %s:\n%s"
                             % (self.name, seconds, self.log, tail(self.log)))
            budget.left()
            time.sleep(0.1)

    def signal(self, number):
        for pid in self.members():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stop(self, seconds=20):
        """Asks, waits, then insists. Returns whether there was anything to stop."""
        was = bool(self.members())
        self.signal(signal.SIGTERM)
        until = time.monotonic() + seconds
        while self.members() and time.monotonic() < until:
            if self.child is not None:
                self.child.poll()
            time.sleep(0.1)
        self.signal(signal.SIGKILL)
        until = time.monotonic() + 5
        while self.members() and time.monotonic() < until:
            time.sleep(0.05)
        if self.members():
            raise Failed("%s would not stop: pids %s" % (self.name, self.members()))
        if os.path.exists(self.record):
            os.remove(self.record)
        return was


def taken(name, port):
    return Failed("%s: port %d is taken by another process; set RIG_PORT_%s to a free one" % (name, port, name.upper()))


def fingerprint_of(argv, files):
    """What a running process was started from: a change in any of it means a new start."""
    seen = hashlib.sha256("\0".join(argv).encode())
    for path in files:
        with open(path, "rb") as text:
            seen.update(text.read())
    return seen.hexdigest()[:16]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((ADDRESS, port)) == 0


def answers(url):
    """Whether an HTTP service is there: any status below 500 will do."""
    try:
        with DIRECT.open(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
