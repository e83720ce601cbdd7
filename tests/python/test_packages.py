"""Which package `venomous` a zygote uses: the environment's or the library's."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PYTHON_DIR, Host, StartHost

from venomous import _bridge

OTHER = _bridge.protocol + 1
TELL_PACKAGE = ("builtins", "eval", "__import__('venomous').__file__")


class Environment:
    """A venv with nothing in it."""

    def __init__(self, folder: Path):
        command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(command, check=True)
        self.python = str(folder / "bin" / "python")
        (self.site,) = folder.glob("lib/*/site-packages")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def install(folder: Path, protocol: int = _bridge.protocol) -> None:
    """Puts a copy of the package into `folder` that speaks another protocol."""
    shutil.copytree(PYTHON_DIR / "venomous", folder / "venomous")
    with open(folder / "venomous" / "__init__.py", "a") as file:
        file.write(f"_bridge.protocol = {protocol}\n_bridge.version = '9.9'\n")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the library's folder without a bridge."""
    copy = tmp_path / "library"
    shutil.copytree(PYTHON_DIR, copy)
    for bridge in (copy / "venomous").glob("_bridge.*.so"):
        bridge.unlink()
    return copy


def package_of(host: Host) -> Path:
    host.event("hello")
    return Path(str(host.fork().call(*TELL_PACKAGE))).parent


# -- packages of environments ------------------------------------------------------


def test_a_package_of_the_environment_that_speaks_the_protocol_is_used(
    start_host: StartHost, environment: Environment
) -> None:
    install(environment.site)
    host = start_host(executable=environment.python)
    assert package_of(host) == environment.site / "venomous"


def test_it_is_used_where_the_library_has_no_bridge(
    start_host: StartHost, environment: Environment, library: Path
) -> None:
    install(environment.site)
    host = start_host(executable=environment.python, folder=library)
    assert package_of(host) == environment.site / "venomous"
    # Other programs of the interpreter find the same.
    path = host.fork().call("builtins", "eval", "__import__('sys').path")
    assert str(library) not in path


def test_one_that_speaks_another_protocol_gives_way_to_the_library(
    start_host: StartHost, environment: Environment
) -> None:
    install(environment.site, OTHER)
    host = start_host(executable=environment.python)
    assert package_of(host) == PYTHON_DIR / "venomous"


def test_one_that_cannot_be_imported_gives_way_to_the_library(
    start_host: StartHost, environment: Environment
) -> None:
    install(environment.site)
    (environment.site / "venomous" / "__init__.py").write_text("raise LookupError")
    host = start_host(executable=environment.python)
    assert package_of(host) == PYTHON_DIR / "venomous"


def test_a_package_of_another_protocol_is_reported_if_there_is_no_other(
    start_host: StartHost, environment: Environment, library: Path
) -> None:
    install(environment.site, OTHER)
    host = start_host(executable=environment.python, folder=library)
    event = host.event("failed")
    assert event["exception"] == "ImportError"
    assert event["error"] == (
        f"{environment.site}/venomous has version 9.9 (protocol {OTHER}), but the "
        f"program has version 0.1.0 (protocol {_bridge.protocol}). To install the "
        "right one: "
        f"{environment.python} -m pip install /sources"
    )
    assert host.wait() == 1


def test_another_package_of_that_name_is_left_alone(
    start_host: StartHost, environment: Environment
) -> None:
    (environment.site / "venomous").mkdir()
    (environment.site / "venomous" / "__init__.py").write_text("raise LookupError")
    host = start_host(executable=environment.python)
    assert package_of(host) == PYTHON_DIR / "venomous"


def test_a_package_in_another_folder_is_never_used(
    start_host: StartHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = tmp_path / "stray"
    install(stray)
    monkeypatch.setenv("PYTHONPATH", str(stray))
    monkeypatch.chdir(stray)
    assert package_of(start_host()) == PYTHON_DIR / "venomous"


# -- the library's -----------------------------------------------------------------


def test_a_folder_of_another_protocol_is_reported(
    start_host: StartHost, tmp_path: Path
) -> None:
    shutil.copytree(PYTHON_DIR, tmp_path / "other")
    shutil.rmtree(tmp_path / "other" / "venomous")
    install(tmp_path / "other", OTHER)
    host = start_host(folder=tmp_path / "other")
    error = host.event("failed")["error"]
    assert f"{tmp_path}/other/venomous has version 9.9 (protocol {OTHER})" in error
    assert host.wait() == 1


def test_bridges_for_other_interpreters_are_named(
    start_host: StartHost, library: Path
) -> None:
    for tag in ("38", "399"):
        name = f"_bridge.cpython-{tag}-x86_64-linux-gnu.so"
        (library / "venomous" / name).touch()
    host = start_host(folder=library)
    event = host.event("failed")
    version = ".".join(map(str, sys.version_info[:2]))
    assert event["exception"] == "ImportError"
    assert event["error"] == (
        f"{sys.executable} is CPython {version}, but the library in {library}/venomous "
        "has a bridge for CPython 3.8 and CPython 3.99. Install a bridge for this "
        f"interpreter: {sys.executable} -m pip install /sources; or rebuild the library "
        f"with -D VENOMOUS_PYTHON_EXECUTABLES={sys.executable}"
    )
    assert host.wait() == 1


def test_a_bridge_that_is_missing_is_reported(
    start_host: StartHost, library: Path
) -> None:
    host = start_host(folder=library)
    assert "has a bridge for no interpreter" in host.event("failed")["error"]
    assert host.wait() == 1


def test_the_protocol_is_in_the_first_message(start_host: StartHost) -> None:
    hello = start_host().event("hello")
    assert hello["protocol"] == _bridge.protocol
    assert hello["version"] == _bridge.version


# -- interpreters ------------------------------------------------------------------


@pytest.mark.parametrize(
    "pretense, end",
    [
        ("sys.version_info = (3, 9)", " 3.9, but the library needs 3.10 or later"),
        ("sys.abiflags = 't'", " (free-threaded), which is not supported yet"),
    ],
)
def test_an_interpreter_that_no_bridge_can_be_built_for_is_refused(
    start_host: StartHost, environment: Environment, pretense: str, end: str
) -> None:
    (environment.site / "pretend.pth").write_text(f"import sys; {pretense}\n")
    host = start_host(executable=environment.python)
    error = host.event("failed")["error"]
    assert error.startswith(f"{environment.python} is CPython 3.")
    assert error.endswith(end)
    assert host.wait() == 1
