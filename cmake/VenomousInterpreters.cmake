# The interpreters to build the bridge for.

# Sets Python_EXECUTABLE to the default interpreter, and `venomous_interpreters`
# to all of them. The first python3 in PATH is often a shim, or belongs to an
# environment that happens to be active, so the system's takes precedence.
set(venomous_interpreters
    ${VENOMOUS_PYTHON_EXECUTABLE} ${VENOMOUS_PYTHON_EXECUTABLES})
if(venomous_interpreters)
  list(GET venomous_interpreters 0 Python_EXECUTABLE)
elseif(NOT Python_EXECUTABLE)
  if(Python3_EXECUTABLE)
    set(Python_EXECUTABLE "${Python3_EXECUTABLE}")
  elseif(EXISTS /usr/bin/python3)
    set(Python_EXECUTABLE /usr/bin/python3)
  endif()
endif()
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
list(PREPEND venomous_interpreters "${Python_EXECUTABLE}")
list(REMOVE_DUPLICATES venomous_interpreters)

set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 2.9 QUIET)

# Prints a list for CMake: version, folder of headers, suffix of modules, and
# the folder of the pybind11 in the interpreter's environment.
set(venomous_question [=[
import sys, sysconfig
try:
    import pybind11
    pybind = pybind11.get_include()
except ImportError:
    pybind = ""
print("%d.%d" % sys.version_info[:2], sysconfig.get_path("include"),
      sysconfig.get_config_var("EXT_SUFFIX"), pybind, sep=";", end="")
]=])

# Sets <prefix>_version, _headers and _suffix to what the bridge for
# `interpreter` needs, and _pybind11 to what it links.
function(venomous_ask_interpreter prefix interpreter)
  execute_process(
    COMMAND "${interpreter}" -c "${venomous_question}"
    RESULT_VARIABLE status OUTPUT_VARIABLE answer ERROR_VARIABLE error)
  if(NOT status STREQUAL 0)
    message(FATAL_ERROR "cannot run ${interpreter}: ${status} ${error}")
  endif()
  list(GET answer 0 version)
  list(GET answer 1 headers)
  list(GET answer 2 suffix)
  list(GET answer 3 pybind11)
  if(version VERSION_LESS 3.10)
    message(FATAL_ERROR
      "${interpreter} is Python ${version}; the bridge needs 3.10 or later")
  elseif(NOT EXISTS "${headers}/Python.h")
    message(FATAL_ERROR
      "${interpreter} has no headers in ${headers}: install those of Python "
      "${version}, for example with the package python${version}-dev")
  endif()
  # A newer Python may need a newer pybind11 than the system's.
  if(NOT pybind11 AND NOT TARGET pybind11::headers)
    message(FATAL_ERROR
      "There is no pybind11, neither installed nor in the environment of "
      "${interpreter}: install pybind11-dev, or run "
      "${interpreter} -m pip install pybind11")
  elseif(NOT pybind11)
    set(pybind11 pybind11::headers)
  endif()
  foreach(fact version headers suffix pybind11)
    set(${prefix}_${fact} "${${fact}}" PARENT_SCOPE)
  endforeach()
endfunction()
