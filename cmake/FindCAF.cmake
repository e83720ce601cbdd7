# Finds the C++ Actor Framework and defines one imported target per component:
# CAF::core, CAF::io, CAF::openssl. Each brings along those that it needs.
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

# 1.1 calls itself incompatible with requests for 0.17, so its version is
# compared below. CMake would pass on the version that this module was asked
# for.
set(_caf_version "${CAF_FIND_VERSION_COMPLETE}")
set(CAF_FIND_VERSION_COMPLETE "")
find_package(CAF CONFIG QUIET)
set(CAF_FIND_VERSION_COMPLETE "${_caf_version}")
set(_caf_required CAF_CONFIG)

# -- header and libraries ------------------------------------------------------

# Sets `result` to the version of the headers in `folder`. Up to 0.18 this is a
# number, 1706 for 0.17.6, and later a string.
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

# Makes the target of a component and of its dependencies, as far as they exist.
function(_caf_make_target component)
  if(TARGET CAF::${component})
    return()
  endif()
  if(component STREQUAL core)
    find_package(Threads QUIET)
    set(links Threads::Threads)
  elseif(component STREQUAL openssl)
    _caf_make_target(io)
    find_package(OpenSSL QUIET)
    set(links CAF::io OpenSSL::SSL OpenSSL::Crypto)
  else()
    _caf_make_target(core)
    set(links CAF::core)
  endif()
  find_library(CAF_${component}_LIBRARY caf_${component})
  mark_as_advanced(CAF_${component}_LIBRARY)
  if(NOT CAF_INCLUDE_DIR OR NOT CAF_${component}_LIBRARY)
    return()
  endif()
  foreach(link IN LISTS links)
    if(NOT TARGET ${link})
      return()
    endif()
  endforeach()
  add_library(CAF::${component} UNKNOWN IMPORTED)
  set_target_properties(CAF::${component} PROPERTIES
    IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${links}")
endfunction()

if(NOT CAF_FOUND)
  find_path(CAF_INCLUDE_DIR caf/all.hpp)
  mark_as_advanced(CAF_INCLUDE_DIR)
  if(CAF_INCLUDE_DIR)
    _caf_read_version("${CAF_INCLUDE_DIR}" CAF_VERSION)
  endif()
  foreach(_component IN LISTS CAF_FIND_COMPONENTS)
    _caf_make_target(${_component})
  endforeach()
  set(_caf_required CAF_INCLUDE_DIR)
endif()

# -- result --------------------------------------------------------------------

foreach(_component IN LISTS CAF_FIND_COMPONENTS)
  set(CAF_${_component}_FOUND FALSE)
  if(TARGET CAF::${_component})
    set(CAF_${_component}_FOUND TRUE)
  endif()
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS ${_caf_required}
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)
