"""Empties the rig's Neutron between tests, through its API, in whatever order the dependencies ask for."""
import os
import shlex
import sys
import time

from ground import Failed, complain, rig_dir, say
from rest import Login


def login_of(openrc):
    """A login from an openrc of plain `export NAME=VALUE` lines."""
    with open(openrc) as text:
        words = [word for line in text for word in shlex.split(line, comments=True) if "=" in word]
    value = dict(word.split("=", 1) for word in words)
    try:
        return Login(value["OS_AUTH_URL"], value["OS_USERNAME"], value["OS_USER_DOMAIN_NAME"],
                     value["OS_PROJECT_NAME"], value["OS_PROJECT_DOMAIN_NAME"], value["OS_PASSWORD"])
    except KeyError as absent:
        raise Failed("%s does not set %s" % (openrc, absent))


class Neutron:
    def __init__(self, login):
        self.login, self.url = login, login.endpoint("network") + "/v2.0"
        self.deleted = {}

    def all(self, kind):
        return self.login.get("%s/%s" % (self.url, kind))[kind.replace("-", "_")]

    def empty(self, kind):
        for one in self.all(kind):
            self.login.delete("%s/%s/%s" % (self.url, kind, one["id"]))
            self.deleted[kind] = self.deleted.get(kind, 0) + 1

    def release_routers(self):
        """A router goes only without gateway and interfaces."""
        for router in self.all("routers"):
            self.login.put("%s/routers/%s" % (self.url, router["id"]),
                           {"router": {"external_gateway_info": None, "routes": []}})
            for port in self.login.get(self.url + "/ports", device_id=router["id"])["ports"]:
                self.login.put("%s/routers/%s/remove_router_interface" % (self.url, router["id"]), {"port_id": port["id"]})

    def reset(self):
        self.empty("floatingips")
        self.release_routers()
        for kind in ("routers", "ports", "subnets", "networks", "subnetpools", "address-scopes"):
            self.empty(kind)
        left = [kind for kind in ("networks", "subnets", "ports", "routers") if self.all(kind)]
        if left:
            raise Failed("still there after deleting: " + ", ".join(left))


def main():
    if len(sys.argv) > 1:
        complain("usage: reset (RIG names the rig's directory)")
        return 64
    began = time.monotonic()
    try:
        neutron = Neutron(login_of(os.path.join(rig_dir(), "admin-openrc")))
        neutron.reset()
    except (Failed, OSError) as failed:
        complain("failed: %s" % failed)
        return 1
    what = ", ".join("%d %s" % (count, kind) for kind, count in neutron.deleted.items()) or "nothing"
    say("deleted %s in %.1f s" % (what, time.monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
