"""The systems by the name under which they are chosen; `…-alike` is served by Unitwire's server."""

from benchmarks.systems.celery_redis import Celery
from benchmarks.systems.flask_peer import ALIKE, AS_USERS_DO
from benchmarks.systems.huey_sqlite import Huey
from benchmarks.systems.in_view import InView
from benchmarks.systems.n8n import N8n
from benchmarks.systems.node_red import NodeRed
from benchmarks.systems.procrastinate_postgres import Procrastinate
from benchmarks.systems.prototype import Prototype
from benchmarks.systems.rq_redis import Rq
from benchmarks.systems.system import System
from benchmarks.systems.unitwire import Unitwire

SYSTEMS: dict[str, System] = {
    "unitwire": Unitwire(),
    "unitwire-postgresql": Unitwire(postgres=True),
    "prototype": Prototype(),
    "prototype-flask": Prototype(on_threads=True),
    "in-view": InView(AS_USERS_DO),
    "in-view-alike": InView(ALIKE),
    "celery": Celery(AS_USERS_DO),
    "celery-alike": Celery(ALIKE),
    "rq": Rq(AS_USERS_DO),
    "rq-alike": Rq(ALIKE),
    "huey": Huey(AS_USERS_DO),
    "huey-alike": Huey(ALIKE),
    "procrastinate": Procrastinate(AS_USERS_DO),
    "procrastinate-alike": Procrastinate(ALIKE),
    "node-red": NodeRed(),
    "n8n": N8n(),
}
