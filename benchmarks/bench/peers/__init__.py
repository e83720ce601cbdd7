"""The peers of the library, all with the same interface."""

from bench.peers.installed import Joblib, Loky, Pebble, Ray
from bench.peers.peer import Peer
from bench.peers.standard import Executor, Interpreter, Pickle, Pool, PoolMap

_KINDS: tuple[type[Peer], ...] = (
    Pool,
    PoolMap,
    Executor,
    Loky,
    Joblib,
    Pebble,
    Ray,
    Interpreter,
    Pickle,
)
ALL = {x.name: x for x in _KINDS}
