"""Stops the rig's processes, the database last; with --purge removes its directory. Never touches the cache."""
import os
import shutil
import signal
import sys

from cloud import ORDER
from ground import MARK, Failed, complain, lock, rig_dir, say
from processes import Kept


def main():
    if sys.argv[1:] not in ([], ["--purge"]):
        complain("usage: down [--purge] (RIG names the rig's directory)")
        return 64
    rig = rig_dir()
    if not os.path.exists(os.path.join(rig, MARK)):
        say("nothing at %s" % rig)
        return 0
    try:
        held = lock(os.path.join(rig, "lock"), 30)
        stop_all(rig)
        if sys.argv[1:] == ["--purge"]:
            shutil.rmtree(rig)
            say("removed %s" % rig)
        held.close()
        return 0
    except (Failed, OSError) as failed:
        complain("failed: %s" % failed)
        return 1


def stop_all(rig):
    kept = [Kept(rig, name) for name in reversed(ORDER)]
    ran = [service.name for service in kept if service.members()]
    for service in kept[:-1]:
        service.signal(signal.SIGTERM)  # all at once, then each in turn
    for service in kept:
        service.stop()
    say("stopped " + ", ".join(ran) if ran else "nothing was running")


sys.exit(main())
