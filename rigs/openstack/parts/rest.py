"""The few REST calls the rig itself makes: with the standard library, as one login, to loopback."""
import json
import urllib.error
import urllib.parse
import urllib.request

from ground import ADDRESS, Failed
from processes import DIRECT


class Refused(Failed):
    """The service answered with an error; `status` is its HTTP status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Login:
    """A token of one project, and the catalogue that came with it."""

    def __init__(self, auth_url, user, user_domain, project, project_domain, password):
        if urllib.parse.urlsplit(auth_url).hostname != ADDRESS:
            raise Failed("%s is not on %s: the rig talks to itself alone" % (auth_url, ADDRESS))
        self.auth_url, self.token = auth_url.rstrip("/"), None
        who = {"name": user, "domain": {"name": user_domain}, "password": password}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": who}},
                         "scope": {"project": {"name": project, "domain": {"name": project_domain}}}}}
        reply, headers = self.send("POST", self.auth_url + "/auth/tokens", body)
        self.token = headers["X-Subject-Token"]
        self.catalog = {entry["type"]: entry["endpoints"] for entry in reply["token"]["catalog"]}

    def endpoint(self, kind):
        for endpoint in self.catalog.get(kind, []):
            if endpoint["interface"] == "public":
                return endpoint["url"].rstrip("/")
        raise Failed("the catalogue has no public endpoint of %s" % kind)

    def send(self, method, url, body=None):
        request = urllib.request.Request(url, method=method, headers={"Accept": "application/json"})
        if self.token:
            request.add_header("X-Auth-Token", self.token)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with DIRECT.open(request, timeout=60) as reply:
                text = reply.read()
                return (json.loads(text) if text else None), reply.headers
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:600]
            raise Refused(error.code, "%s %s: HTTP %d: %s" % (method, url, error.code, said))
        except (OSError, ValueError) as error:
            raise Failed("%s %s: %s" % (method, url, error))

    def get(self, url, **query):
        return self.send("GET", url + ("?" + urllib.parse.urlencode(query) if query else ""))[0]

    def post(self, url, body):
        return self.send("POST", url, body)[0]

    def patch(self, url, body):
        return self.send("PATCH", url, body)[0]

    def put(self, url, body=None):
        return self.send("PUT", url, body)[0]

    def delete(self, url):
        """Deletes; what is gone already is well."""
        try:
            self.send("DELETE", url)
        except Refused as refused:
            if refused.status != 404:
                raise
