# Finds the headers of MessagePack for C++ and defines the target msgpack-cxx.
#
# Release 6 comes with a package of this name. Older releases, as Debian and
# Ubuntu ship them, name theirs differently and want Boost, so they are found by
# header.

find_package(msgpack-cxx CONFIG QUIET)

if(NOT TARGET msgpack-cxx)
  find_path(msgpack-cxx_INCLUDE_DIR msgpack/version_master.hpp)
  mark_as_advanced(msgpack-cxx_INCLUDE_DIR)
  if(msgpack-cxx_INCLUDE_DIR)
    set(msgpack-cxx_VERSION "")
    foreach(_part MAJOR MINOR REVISION)
      file(STRINGS "${msgpack-cxx_INCLUDE_DIR}/msgpack/version_master.hpp" _line
           REGEX "#define MSGPACK_VERSION_${_part} ")
      string(REGEX MATCH "[0-9]+" _number "${_line}")
      list(APPEND msgpack-cxx_VERSION "${_number}")
    endforeach()
    list(JOIN msgpack-cxx_VERSION "." msgpack-cxx_VERSION)
    add_library(msgpack-cxx INTERFACE IMPORTED)
    set_target_properties(msgpack-cxx PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${msgpack-cxx_INCLUDE_DIR}")
  endif()
endif()

unset(_msgpack_location)
if(TARGET msgpack-cxx)
  get_target_property(_msgpack_location msgpack-cxx
                      INTERFACE_INCLUDE_DIRECTORIES)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(msgpack-cxx
  REQUIRED_VARS _msgpack_location
  VERSION_VAR msgpack-cxx_VERSION)
