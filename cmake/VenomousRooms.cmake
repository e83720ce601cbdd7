# The folders of sources, and the targets that consist of them.

# Both ends of the wire.
set(venomous_shared_rooms
  python_bridge/os python_bridge/wire python_bridge/memory)

# The host's end.
set(venomous_host_rooms
  base config ${venomous_shared_rooms} python_bridge/values python_bridge/host
  actors/base actors/worker actors/supervisor actors/mapper actors/manager
  actors/api)

# Python's end.
set(venomous_module_rooms
  ${venomous_shared_rooms}
  python_bridge/module/process python_bridge/module/channel
  python_bridge/module/codec python_bridge/module/server)

# Stores the sources in the given rooms, with their full paths.
function(venomous_sources_of result)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND "${PROJECT_SOURCE_DIR}/")
  list(TRANSFORM patterns APPEND "/*.cpp")
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${patterns})
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# Passes folders of this machine to the only two sources that need them. Must be
# called in the directory that compiles them.
function(venomous_define_places)
  set(host "${PROJECT_SOURCE_DIR}/python_bridge/host")
  file(RELATIVE_PATH from_programs "${CMAKE_INSTALL_FULL_BINDIR}"
       "${CMAKE_INSTALL_FULL_LIBDIR}/venomous/python")
  set_property(SOURCE "${host}/python_folder.cpp"
    PROPERTY COMPILE_DEFINITIONS
      VENOMOUS_BUILT_PYTHON="${PROJECT_BINARY_DIR}/python"
      VENOMOUS_PYTHON_FROM_PROGRAMS="${from_programs}"
      VENOMOUS_SOURCES="${PROJECT_SOURCE_DIR}")
  set_property(SOURCE "${host}/interpreter.cpp"
    PROPERTY COMPILE_DEFINITIONS
      VENOMOUS_PYTHON_EXECUTABLE="${Python_EXECUTABLE}")
endfunction()

# Adds an object library for each room, compiled as users of `target` are, and
# adds them to `target`.
function(venomous_add_rooms target)
  foreach(room IN LISTS ARGN)
    string(REPLACE "/" "_" name "${target}_${room}")
    venomous_sources_of(sources "${room}")
    add_library(${name} OBJECT ${sources})
    target_compile_features(${name} PRIVATE cxx_std_20)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    foreach(property INCLUDE_DIRECTORIES COMPILE_DEFINITIONS COMPILE_OPTIONS)
      set_property(TARGET ${name} APPEND PROPERTY ${property}
        $<TARGET_PROPERTY:${target},INTERFACE_${property}>)
    endforeach()
    target_link_libraries(${name} PRIVATE
      venomous_private CAF::core msgpack-cxx Threads::Threads)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${name}>)
    # Saves a fifth of the time to compile sources that use CAF.
    if(room IN_LIST venomous_shared_rooms)
      continue()
    elseif(TARGET ${target}_base AND NOT room STREQUAL "base")
      target_precompile_headers(${name} REUSE_FROM ${target}_base)
    else()
      target_precompile_headers(${name} PRIVATE
        <caf/scheduled_actor.hpp>
        <venomous/messages.hpp>)
    endif()
  endforeach()
endfunction()
