"""Records the client's words: every command of sequence.txt, with its status and both outputs, in one JSON file.

What differs from run to run (ids, times, request ids, addresses of objects) is replaced by numbers in order of
appearance, so that two recordings differ only where the programs do.
"""
import json
import os
import re
import shlex
import subprocess
import sys

from ground import HERE, USUAL_PORTS, Failed, complain, rig_dir, say
from reset import Neutron, login_of

VARYING = (
    ("id", re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "00000000-0000-4000-8000-%012d"),
    ("hex", re.compile(r"\b[0-9a-f]{32}\b"), "%032d"),
    ("time", re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2026-01-01T00:00:00Z"),
    ("object", re.compile(r"0x[0-9a-f]{8,16}\b"), "0x0"),
    ("mac", re.compile(r"\bfa:16:3e(:[0-9a-f]{2}){3}\b"), "fa:16:3e:00:00:%02d"),
)


class Steady:
    """Gives each varying text a lasting stand-in."""

    def __init__(self):
        self.seen = {}

    def text(self, text):
        for kind, pattern, form in VARYING:
            text = pattern.sub(lambda match: self.stand_in(kind, form, match.group(0)), text)
        return text

    def stand_in(self, kind, form, found):
        if "%" not in form or found.startswith("00000000-0000-0000"):
            return found if found.startswith("00000000-0000-0000") else form
        numbers = self.seen.setdefault(kind, {})
        return form % numbers.setdefault(found, len(numbers) + 1)


def sequence():
    with open(os.path.join(HERE, "parts", "sequence.txt")) as text:
        for line in text:
            if line.strip() and not line.startswith("#"):
                name, rest = line.split(":", 1)
                yield name, shlex.split(rest)


def environment(openrc):
    """The openrc's variables over almost nothing: the caller's own cloud must not speak here."""
    with open(openrc) as text:
        words = [word for line in text for word in shlex.split(line, comments=True) if "=" in word]
    return dict([word.split("=", 1) for word in words], PATH=os.environ["PATH"], HOME=os.path.join(rig_dir(), "home"),
                LC_ALL="C.UTF-8", COLUMNS="200")


def record(rig):
    env, client = environment(os.path.join(rig, "admin-openrc")), os.path.join(rig, "bin", "openstack")
    if ":%d/" % USUAL_PORTS["keystone"] not in env["OS_AUTH_URL"]:
        raise Failed("record with the usual ports: they are part of what the client says")
    steady, fields, said = Steady(), {}, []
    for name, words in sequence():
        extra = [word for word in words if word.startswith("OS_") and "=" in word]
        argv = [fill(word, fields) for word in words if word not in extra]
        done = subprocess.run([client] + argv, env=dict(env, **dict(word.split("=", 1) for word in extra)),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        out, err = done.stdout.decode(), done.stderr.decode()
        fields[name] = read_fields(out)
        said.append({"name": name, "environment": extra, "argv": [steady.text(word) for word in argv],
                     "status": done.returncode, "stdout": steady.text(out), "stderr": steady.text(err)})
    return said


def read_fields(text):
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def fill(word, fields):
    asked = re.fullmatch(r"\{([a-z-]+)\.([a-z_]+)\}", word)
    if asked is None:
        return word
    try:
        return fields[asked.group(1)][asked.group(2)]
    except KeyError:
        raise Failed("%s: the recording has no such field" % word)


def main():
    if len(sys.argv) != 2:
        complain("usage: record FILE (RIG names the rig's directory)")
        return 64
    try:
        rig = rig_dir()
        neutron = Neutron(login_of(os.path.join(rig, "admin-openrc")))
        neutron.reset()
        said = record(rig)
        neutron.reset()
        with open(sys.argv[1], "w") as out:
            json.dump({"client": "python-openstackclient 6.6.1", "servers": "keystone 25.0.0, neutron 24.2.2, glance 28.2.0",
                       "commands": said}, out, indent=1)
            out.write("\n")
    except (Failed, OSError, subprocess.TimeoutExpired) as failed:
        complain("failed: %s" % failed)
        return 1
    say("recorded %d commands in %s" % (len(said), sys.argv[1]))
    return 0


sys.exit(main())
