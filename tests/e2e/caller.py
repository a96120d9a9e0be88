"""One process that calls Stora as fast as the budget lets it: `caller.py CONNECTION CALLS`.

It says `ready`, begins when it reads a line, and says `done`.
"""

import sys

from connector.flows.call import call_stora
from connector.flows.parts import open_parts
from connector.settings import Settings

connection_id, calls = sys.argv[1], int(sys.argv[2])
parts = open_parts(Settings.from_environment())
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.readline()
for _ in range(calls):
    call_stora(parts, connection_id, "GET", "/sites", params={"limit": "1"}, wait_s=300)
sys.stdout.write("done\n")
sys.stdout.flush()
parts.close()
