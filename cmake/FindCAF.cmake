# Finds the C++ Actor Framework and defines one imported target a component:
# CAF::core, CAF::io, CAF::openssl.
#
#   find_package(CAF 0.17.6 REQUIRED COMPONENTS core)
#
# Later releases of CAF bring a package of their own, which is used if there is
# one. 0.17.6, as Debian and Ubuntu ship it, is found by header and library.
# CAF_ROOT and CMAKE_PREFIX_PATH choose between several.

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core)
endif()

# -- CAF's own package ---------------------------------------------------------

# No version is passed: 1.1 calls itself incompatible with what asks for 0.17.
find_package(CAF CONFIG QUIET)

# -- header and libraries ------------------------------------------------------

# Sets `result` to the version that the headers in `folder` are of. Up to 0.18
# this is a number, 1706 for 0.17.6, and later a string.
function(_caf_read_version folder result)
  foreach(header caf/detail/build_config.hpp caf/config.hpp)
    if(NOT EXISTS "${folder}/${header}")
      continue()
    endif()
    file(STRINGS "${folder}/${header}" lines
         REGEX "#define CAF_VERSION(_STR)? ")
    if(lines MATCHES "CAF_VERSION_STR \"([0-9.]+)\"")
      set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
      return()
    elseif(lines MATCHES "CAF_VERSION ([0-9]+)")
      math(EXPR major "${CMAKE_MATCH_1} / 10000")
      math(EXPR minor "${CMAKE_MATCH_1} / 100 % 100")
      math(EXPR patch "${CMAKE_MATCH_1} % 100")
      set(${result} "${major}.${minor}.${patch}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

if(NOT TARGET CAF::core)
  find_package(Threads QUIET)
  find_path(CAF_INCLUDE_DIR caf/all.hpp)
  mark_as_advanced(CAF_INCLUDE_DIR)
  if(CAF_INCLUDE_DIR)
    _caf_read_version("${CAF_INCLUDE_DIR}" CAF_VERSION)
  endif()
  set(_caf_links_core Threads::Threads)
  set(_caf_links_io CAF::core)
  set(_caf_links_openssl CAF::io OpenSSL::SSL OpenSSL::Crypto)
  if(openssl IN_LIST CAF_FIND_COMPONENTS)
    find_package(OpenSSL QUIET)
  endif()
  foreach(_component IN LISTS CAF_FIND_COMPONENTS)
    find_library(CAF_${_component}_LIBRARY caf_${_component})
    mark_as_advanced(CAF_${_component}_LIBRARY)
    if(CAF_INCLUDE_DIR AND CAF_${_component}_LIBRARY)
      add_library(CAF::${_component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${_component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${_component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${_caf_links_${_component}}")
    endif()
  endforeach()
endif()

# -- result --------------------------------------------------------------------

foreach(_component IN LISTS CAF_FIND_COMPONENTS)
  set(CAF_${_component}_FOUND FALSE)
  if(TARGET CAF::${_component})
    set(CAF_${_component}_FOUND TRUE)
  endif()
endforeach()
unset(_caf_location)
if(TARGET CAF::core)
  get_target_property(_caf_location CAF::core INTERFACE_INCLUDE_DIRECTORIES)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS _caf_location
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)
