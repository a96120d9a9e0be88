"""A working stand-in for Stora: its own Flask app, its own memory, its own deliveries.

    from connector.sandbox import create_sandbox

    sandbox = create_sandbox(allow_http_loopback=True, speed=60)
    sandbox.deliverer.start()      # serve `sandbox` as any WSGI app, then
    sandbox.deliverer.stop()

- `app`: the parts put together
- `state`: what is remembered; `seeds`: who is there at first
- `gate`: what happens around each call: token, limits, scope, idempotency, faults
- `access`, `scopes`, `oauth_request`, `authorize`, `oauth`: who may do what
- `webhook_endpoints`: the resource; `query`, `answers`, `metadata`: what all resources share
- `business`: the self-storage business of each operator, and what follows from each change
- `events`, `deliveries`, `deliver`: from something that happened to a signed POST
- `faults`, `control`: the dials under /_sandbox/
"""

from connector.sandbox.app import Sandbox, create_sandbox
from connector.sandbox.seeds import Operator, Partner

__all__ = ["Operator", "Partner", "Sandbox", "create_sandbox"]
