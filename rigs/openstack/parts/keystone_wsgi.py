"""Serves Keystone's own WSGI application on loopback: keystone_wsgi.py CONFIG ADDRESS PORT."""
import os
import sys

config, address, port = sys.argv[1:4]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = config
sys.argv[1:] = []  # Keystone parses the command line for itself

import waitress  # noqa: E402
from keystone.server.wsgi import initialize_public_application  # noqa: E402

waitress.serve(initialize_public_application(), host=address, port=int(port), threads=4, ident="keystone")
