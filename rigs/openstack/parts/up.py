"""Brings the rig up, or finds it up. Statuses: 0 up, 1 failed, 3 cannot be installed here, 64 wrong usage."""
import os
import signal
import sys

from cloud import Cloud, look_at_ports
from ground import Budget, Cannot, Failed, OutOfTime, cache_dir, complain, lock, ports, prepare, rig_dir, say
from packages import Environments, install_packages


def main():
    if len(sys.argv) > 1:
        complain("usage: up (RIG, RIG_CACHE, RIG_BUDGET, RIG_PYTHON, RIG_PORT_* set it up; see README.md)")
        return 64
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    budget = None
    try:
        budget = Budget.from_environment()
        bring_up(rig_dir(), budget)
        return 0
    except Cannot as cannot:
        complain("cannot be installed here: %s" % cannot)
        return 3
    except OutOfTime as out:
        complain(("cannot be installed here: %s" if budget.installing else "failed: %s") % out)
        return 3 if budget.installing else 1
    except (Failed, OSError) as failed:
        complain("failed: %s%s" % (failed, " (while: %s)" % budget.doing if budget else ""))
        return 1
    except KeyboardInterrupt:
        complain("interrupted while: %s; what runs already goes on until `down`" % budget.doing)
        return 130


def bring_up(rig, budget):
    chosen = ports()
    prepare(rig)
    held = lock(os.path.join(rig, "lock"), min(60, budget.left()))
    look_at_ports(rig, chosen)
    budget.stage("Debian packages")
    install_packages(rig, budget)
    budget.stage("virtual environments")
    environments = Environments(cache_dir())
    environments.build(rig, budget)
    budget.installing = False
    budget.stage("configuration")
    cloud = Cloud(rig, chosen, environments, budget)
    cloud.configure()
    for doing, act in (
        ("database server", cloud.start_database),
        ("schemas of keystone, neutron, glance", cloud.write_schemas),
        ("keystone", cloud.start_keystone),
        ("domains, projects, users, catalogue", cloud.fill_identity),
        ("neutron and glance", cloud.start_services),
        ("a first request to each", cloud.prove),
    ):
        budget.stage(doing)
        act()
    cloud.offer()
    budget.stage("done")
    held.close()
    say("%6.1f s  in all; up" % budget.spent())
    say("openrc: " + os.path.join(rig, "admin-openrc"))
    say("client: " + os.path.join(rig, "bin", "openstack"))


sys.exit(main())
