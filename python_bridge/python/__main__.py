"""Starts the zygote. Any version of Python can parse this file and say what is wrong.

The host passes the folder of this file to the interpreter, and after it its protocol
number, its version and the folder of the library's sources. Descriptor 3 is the control
socket to the host.

The package `venomous` of the interpreter's own environment takes precedence, because it
was built for this interpreter. Only folders of installed packages count: one in
PYTHONPATH may belong to another interpreter, or be something else of that name.
"""
import json
import os
import platform
import site
import socket
import sys
import traceback

ONLY_OWN = "--only-own"
"""The argument that says that the package of the environment does not fit."""


class Misfit(Exception):
    """Says why there will be no zygote, and how to fix that."""


class Host:
    """What the host tells about itself, and what to tell it."""

    def __init__(self, protocol, version, source):
        # type: (str, str, str) -> None
        self.protocol = int(protocol)
        self.version = version
        words = (quoted(sys.executable), quoted(source))
        self.installation = "%s -m pip install %s" % words
        """The command that gives this interpreter the right package."""


def quoted(word):
    # type: (str) -> str
    return '"%s"' % word if " " in word else word


def fail(exception, error, backtrace):
    # type: (str, str, str) -> None
    """Tells the host why there will be no zygote."""
    control = socket.fromfd(3, socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.recv(65536)
    event = {
        "event": "failed",
        "exception": exception,
        "error": error,
        "backtrace": backtrace,
    }
    control.send(json.dumps(event).encode("ascii"))


# -- bridges -----------------------------------------------------------------------


def bridges_in(package):
    # type: (str) -> list[str]
    names = os.listdir(package) if os.path.isdir(package) else []
    return sorted(x for x in names if x.startswith("_bridge.") and x.endswith(".so"))


def has_bridge(package):
    # type: (str) -> bool
    """Returns whether the package has a bridge for this interpreter."""
    from importlib.machinery import EXTENSION_SUFFIXES

    return any("_bridge" + x in bridges_in(package) for x in EXTENSION_SUFFIXES)


def built_for(bridge):
    # type: (str) -> str
    """Returns the interpreter that the name of a bridge tells: CPython 3.11."""
    tag = bridge.split(".")[1].split("-")
    if tag[0] != "cpython" or len(tag) < 2:
        return tag[0]
    return "CPython %s.%s" % (tag[1][:1], tag[1][1:])


def installed_package():
    # type: () -> str
    """Returns the package of the environment, or "" if it has none with a bridge."""
    folders = site.getsitepackages() if hasattr(site, "getsitepackages") else []
    if site.ENABLE_USER_SITE:
        folders = [site.getusersitepackages()] + folders
    for folder in folders:
        package = os.path.join(folder, "venomous")
        if folder in sys.path and has_bridge(package):
            return package
    return ""


# -- choosing a package ------------------------------------------------------------


def interpreter():
    # type: () -> str
    version = ".".join(map(str, sys.version_info[:2]))
    return "%s is %s %s" % (sys.executable, platform.python_implementation(), version)


def check_interpreter():
    # type: () -> None
    """Raises Misfit if nobody can build a bridge for this interpreter."""
    if sys.version_info < (3, 10):
        raise Misfit(interpreter() + ", but the library needs 3.10 or later")
    if "t" in sys.abiflags:
        raise Misfit(interpreter() + " (free-threaded), which is not supported yet")


def check_bridge(own, host):
    # type: (str, Host) -> None
    """Raises Misfit if the library has no bridge for this interpreter."""
    if has_bridge(own):
        return
    found = " and ".join(map(built_for, bridges_in(own))) or "no interpreter"
    raise Misfit(
        "%s, but the library in %s has a bridge for %s. Install a bridge for this "
        "interpreter: %s; or rebuild the library with -D VENOMOUS_PYTHON_EXECUTABLES=%s"
        % (interpreter(), own, found, host.installation, quoted(sys.executable))
    )


def load(package, host):
    # type: (str, Host) -> None
    """Imports `venomous` from this folder. Raises Misfit if it is not the host's."""
    from importlib import util

    spec = util.spec_from_file_location(
        "venomous",
        os.path.join(package, "__init__.py"),
        submodule_search_locations=[package],
    )
    assert spec and spec.loader
    sys.modules["venomous"] = util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["venomous"])
    from venomous import _bridge

    protocol = getattr(_bridge, "protocol", None)
    if protocol != host.protocol:
        text = (
            "%s has version %s (protocol %s), but the program has version %s "
            "(protocol %d). To install the right one: %s"
        )
        version = getattr(_bridge, "version", "unknown")
        facts = (package, version, protocol, host.version, host.protocol)
        raise Misfit(text % (facts + (host.installation,)))


def choose(own, host, only_own):
    # type: (str, Host, bool) -> None
    """Imports the package of the environment, or else the library's."""
    installed = "" if only_own else installed_package()
    if not installed:
        check_bridge(own, host)
        load(own, host)
        return
    try:
        load(installed, host)
    except Exception as error:
        if not has_bridge(own):
            raise
        why = error if isinstance(error, Misfit) else repr(error)
        sys.stderr.write("%s is not used: %s\n" % (installed, why))
        sys.stderr.flush()
        # Two bridges do not fit into one process.
        os.execv(sys.executable, sys.orig_argv + [ONLY_OWN])
    # Descendants that import the package find the same.
    del sys.path[0]


def main():
    # type: () -> int
    """Returns the exit code of the zygote."""
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "venomous")
    host = Host(*sys.argv[1:4])
    only_own = ONLY_OWN in sys.argv[4:]
    del sys.argv[1:]
    try:
        check_interpreter()
        choose(own, host, only_own)
        from venomous import zygote
    except Misfit as misfit:
        fail("ImportError", str(misfit), "")
        return 1
    except BaseException as error:
        fail(type(error).__name__, str(error), traceback.format_exc())
        return 1
    return zygote.main()


if __name__ == "__main__":
    sys.exit(main())
