"""Starts the zygote. Any Python can read this file, and say what is wrong.

The host passes the folder of this file to the interpreter. Descriptor 3 is the control
socket to the host.
"""
import json
import os
import platform
import socket
import sys
import traceback


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


def hindrance_in(package):
    # type: (str) -> str
    """Returns why this interpreter cannot load the bridge, or ""."""
    names = [name for name in os.listdir(package) if name.startswith("_bridge.")]
    bridges = [name for name in names if name.endswith(".so")]
    if sys.version_info[0] > 2:
        from importlib.machinery import EXTENSION_SUFFIXES

        if any("_bridge" + suffix in bridges for suffix in EXTENSION_SUFFIXES):
            return ""
    interpreter = "Python %s at %s" % (platform.python_version(), sys.executable)
    if not bridges:
        return "%s finds no bridge in %s" % (interpreter, package)
    built_for = " and ".join("-".join(x.split(".")[1].split("-")[:2]) for x in bridges)
    text = "%s cannot load the bridge, which was built for %s"
    return text % (interpreter, built_for)


def main():
    # type: () -> int
    """Returns the exit code of the zygote."""
    here = os.path.dirname(os.path.abspath(__file__))
    hindrance = hindrance_in(os.path.join(here, "venomous"))
    if hindrance:
        fail("ImportError", hindrance, "")
        return 1
    try:
        from venomous import zygote
    except BaseException as error:
        fail(type(error).__name__, str(error), traceback.format_exc())
        return 1
    return zygote.main()


if __name__ == "__main__":
    sys.exit(main())
