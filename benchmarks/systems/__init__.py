"""The systems by the name under which they are chosen."""

from benchmarks.systems.prototype import Prototype
from benchmarks.systems.system import System
from benchmarks.systems.unitwire import Unitwire

SYSTEMS: dict[str, System] = {
    "unitwire": Unitwire(),
    "unitwire-postgresql": Unitwire(postgres=True),
    "prototype": Prototype(),
}
