"""Serve an app on Unitwire's own server, so that like is compared with like.

python -m benchmarks.apps.serve MODULE PORT
"""

import sys
from importlib import import_module

from connector.web.intake import Intake
from connector.web.server import listen, serve

if __name__ == "__main__":
    app = import_module(sys.argv[1]).app
    serve(Intake(app), listen("127.0.0.1", int(sys.argv[2])))
