"""The cloud itself: configuration, database server, schemas, identity, the three APIs."""
import os
import pwd
import string

from ground import ADDRESS, HERE, Failed, password, write_private
from identity import Identity
from processes import Job, Kept, answers, finish_all, listens, taken
from rest import Login

# In the order in which they start; `down` goes the other way.
ORDER = ("database", "keystone", "neutron", "glance")


def account():
    """The user we are, and not the one that the environment names."""
    return pwd.getpwuid(os.geteuid()).pw_name


def look_at_ports(rig, ports):
    """Before minutes go into an install: a port that another process holds ends it now."""
    for name in ORDER:
        if not Kept(rig, name).alive() and listens(ports[name]):
            raise taken(name, ports[name])


class Cloud:
    def __init__(self, rig, ports, environments, budget):
        self.rig, self.ports, self.environments, self.budget = rig, ports, environments, budget
        self.password = password(rig)
        self.kept = {name: Kept(rig, name) for name in ORDER}
        # Nothing of the caller's own cloud, proxy or configuration reaches a server.
        self.env = {"PATH": os.environ["PATH"], "HOME": self.at("home"), "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}

    def at(self, *parts):
        return os.path.join(self.rig, *parts)

    def root(self, service):
        return "http://%s:%d" % (ADDRESS, self.ports[service])

    def program(self, name):
        return self.environments.path("server", "bin", name)

    # -- configuration

    def configure(self):
        self.write("accounts.sql", "etc/accounts.sql")
        self.write("database.cnf", "etc/database.cnf")
        self.write("keystone.conf", "etc/keystone.conf")
        self.write("ml2.ini", "etc/ml2.ini")
        for service in ("neutron", "glance"):
            self.write(service + ".conf", "etc/%s.conf" % service, login=service)
        for part in ("neutron", "glance/images", "glance/staging", "glance/tasks"):
            os.makedirs(self.at("state", part), exist_ok=True)

    def write(self, template, target, login=None):
        texts = [template] + (["login.conf"] if login else [])
        values = dict(self.ports, rig=self.rig, address=ADDRESS, password=self.password, user=account(),
                      server=self.environments.path("server"), service=login)
        filled = ""
        for name in texts:
            with open(os.path.join(HERE, "templates", name)) as text:
                filled += string.Template(text.read()).substitute(values)
        write_private(self.at(target), filled)

    def offer(self):
        """What callers use: the openrc and the client."""
        self.write("admin-openrc", "admin-openrc")
        link = self.at("bin", "openstack")
        if os.path.lexists(link):
            os.remove(link)
        os.symlink(self.environments.path("client", "bin", "openstack"), link)

    # -- databases

    def start_database(self):
        options = "--defaults-file=" + self.at("etc", "database.cnf")
        if not self.done("database"):
            self.job("database-new", ["mariadb-install-db", options, "--skip-test-db",
                                      "--auth-root-authentication-method=socket",
                                      "--auth-root-socket-user=" + account()])
            self.mark("database")
        self.start("database", ["mariadbd", options], ["database.cnf", "accounts.sql"])
        self.kept["database"].wait(lambda: listens(self.ports["database"]), 60, self.budget)

    def write_schemas(self):
        """Side by side: each spends much of its time waiting for the database."""
        wanted = {
            "keystone": ["keystone-manage", "--config-file", self.at("etc/keystone.conf"), "db_sync"],
            "neutron": ["neutron-db-manage", "--config-file", self.at("etc/neutron.conf"),
                        "--config-file", self.at("etc/ml2.ini"), "upgrade", "heads"],
            "glance": ["glance-manage", "--config-file", self.at("etc/glance.conf"), "db_sync"],
        }
        new = [name for name in wanted if not self.done("schema-" + name)]
        finish_all([Job("schema-" + name, [self.program(wanted[name][0])] + wanted[name][1:], self.at("log"), self.env)
                    for name in new], self.budget)
        for name in new:
            self.mark("schema-" + name)

    # -- identity

    def start_keystone(self):
        me = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
        manage = [self.program("keystone-manage"), "--config-file", self.at("etc/keystone.conf")]
        if not self.done("keystone"):
            self.job("keystone-keys", manage + ["fernet_setup"] + me)
            self.job("keystone-first", manage + ["bootstrap"], self.first_account())
            self.mark("keystone")
        self.start("keystone", [self.program("python"), os.path.join(HERE, "parts", "keystone_wsgi.py"),
                                self.at("etc/keystone.conf"), ADDRESS, str(self.ports["keystone"])], ["keystone.conf"])
        self.kept["keystone"].wait(lambda: answers(self.root("keystone") + "/v3"), 60, self.budget)

    def first_account(self):
        """The project `admin` of the domain default, which a charmed cloud has beside the one in admin_domain."""
        url = self.root("keystone") + "/v3"
        return {"OS_BOOTSTRAP_USERNAME": "admin", "OS_BOOTSTRAP_PASSWORD": self.password,
                "OS_BOOTSTRAP_PROJECT_NAME": "admin", "OS_BOOTSTRAP_SERVICE_NAME": "keystone",
                "OS_BOOTSTRAP_REGION_ID": "RegionOne", "OS_BOOTSTRAP_PUBLIC_URL": url,
                "OS_BOOTSTRAP_INTERNAL_URL": url, "OS_BOOTSTRAP_ADMIN_URL": url}

    def fill_identity(self):
        filled = "identity-" + "-".join(str(self.ports[name]) for name in ORDER)  # endpoints hold the ports
        if self.done(filled):
            return
        first = Login(self.root("keystone") + "/v3", "admin", "Default", "admin", "Default", self.password)
        Identity(first, self.password).fill({name: self.root(name) for name in ORDER if name != "database"})
        for old in os.listdir(self.at("done")):
            if old.startswith("identity-"):
                os.remove(self.at("done", old))
        self.mark(filled)

    # -- the other APIs

    def start_services(self):
        self.start("neutron", [self.program("neutron-server"), "--config-file", self.at("etc/neutron.conf"),
                               "--config-file", self.at("etc/ml2.ini")], ["neutron.conf", "ml2.ini"])
        self.start("glance", [self.program("glance-api"), "--config-file", self.at("etc/glance.conf")], ["glance.conf"])
        for name in ("neutron", "glance"):
            self.kept[name].wait(lambda: answers(self.root(name) + "/"), 120, self.budget)

    def prove(self):
        """As the admin of the openrc: every service takes the token and answers."""
        login = Login(self.root("keystone") + "/v3", "admin", "admin_domain", "admin", "admin_domain", self.password)
        projects = login.get(login.auth_url + "/projects", name="admin")["projects"]
        if len(projects) != 2:
            raise Failed("expected a project admin in each of two domains, seen %d" % len(projects))
        login.get(login.endpoint("network") + "/v2.0/networks")
        login.get(login.endpoint("image") + "/v2/images")

    # -- in small

    def start(self, name, argv, configuration):
        files = [self.at("etc", part) for part in configuration]
        self.kept[name].start(argv, self.ports[name], self.env, files)

    def job(self, name, argv, extra=None):
        Job(name, argv, self.at("log"), dict(self.env, **(extra or {}))).finish(self.budget)

    def done(self, what):
        return os.path.exists(self.at("done", what))

    def mark(self, what):
        open(self.at("done", what), "w").close()
