"""What a charmed cloud's Keystone holds, said as data and made so: safe to run again."""

DOMAINS = ("admin_domain", "service_domain")
ROLES = ("admin", "member", "reader", "service")
REGION = "RegionOne"
# service: (type, path under its root)
SERVICES = {"keystone": ("identity", "/v3"), "neutron": ("network", ""), "glance": ("image", "")}
INTERFACES = ("public", "internal", "admin")


class Identity:
    """Writes to one Keystone through a login that may do everything."""

    def __init__(self, login, password):
        self.login, self.url, self.password = login, login.auth_url, password

    def ensure(self, kind, name, **fields):
        """The id of the one `kind` with these identifying fields, made when absent."""
        url = "%s/%ss" % (self.url, kind)
        found = self.login.get(url, **name)[kind + "s"]
        if found:
            return found[0]["id"]
        return self.login.post(url, {kind: dict(name, **fields)})[kind]["id"]

    def fill(self, roots):
        """`roots` gives each service's root URL."""
        domains = {name: self.ensure("domain", {"name": name}) for name in DOMAINS}
        roles = {name: self.ensure("role", {"name": name}) for name in ROLES}
        self.administrator(domains["admin_domain"], roles["admin"])
        services = self.ensure("project", {"name": "services", "domain_id": domains["service_domain"]})
        for service, root in sorted(roots.items()):
            if service != "keystone":
                self.account(service, services, domains["service_domain"], [roles["admin"], roles["service"]])
            self.advertise(service, root)

    def administrator(self, domain, role):
        project = self.ensure("project", {"name": "admin", "domain_id": domain})
        user = self.account("admin", project, domain, [role])
        self.login.put("%s/domains/%s/users/%s/roles/%s" % (self.url, domain, user, role))

    def account(self, name, project, domain, roles):
        user = self.ensure("user", {"name": name, "domain_id": domain}, password=self.password,
                           default_project_id=project)
        for role in roles:
            self.login.put("%s/projects/%s/users/%s/roles/%s" % (self.url, project, user, role))
        return user

    def advertise(self, service, root):
        """A catalogue entry; an endpoint at another address (other ports this time) is moved."""
        kind, path = SERVICES[service]
        entry = self.ensure("service", {"name": service, "type": kind})
        for interface in INTERFACES:
            where = {"service_id": entry, "interface": interface}
            endpoint = self.ensure("endpoint", where, url=root + path, region_id=REGION)
            address = "%s/endpoints/%s" % (self.url, endpoint)
            if self.login.get(address)["endpoint"]["url"] != root + path:
                self.login.patch(address, {"endpoint": {"url": root + path}})
