# Adds `target`, which writes the Python module OUTPUT with a dataclass for each
# of the C++ structs TYPES, and for each struct in them. HEADER is the path of
# the file that defines them.
#
#   venomous_python_structs(shop_structs
#     HEADER shop.hpp TYPES shop::order shop::customer
#     OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/python/shop_structs.py")
function(venomous_python_structs target)
  cmake_parse_arguments(arg "" "HEADER;OUTPUT" "TYPES" ${ARGN})
  foreach(name IN ITEMS HEADER OUTPUT TYPES)
    if(NOT arg_${name})
      message(FATAL_ERROR "venomous_python_structs(${target}): no ${name}")
    endif()
  endforeach()
  cmake_path(ABSOLUTE_PATH arg_HEADER)
  cmake_path(ABSOLUTE_PATH arg_OUTPUT BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  list(JOIN arg_TYPES ", " types)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}_writer.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
#include "@arg_HEADER@"

#include <venomous/python_structs.hpp>

#include <exception>
#include <fstream>
#include <iostream>

int main(int, char** argv) {
  try {
    std::ofstream out{argv[1]};
    out << venomous::python_dataclasses<@types@>() << std::flush;
    return out ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
]])
  add_executable(${target}_writer "${source}")
  target_link_libraries(${target}_writer PRIVATE venomous::venomous)
  cmake_path(GET arg_OUTPUT PARENT_PATH folder)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${arg_OUTPUT}"
    DEPENDS ${target}_writer
    COMMAND ${target}_writer "${arg_OUTPUT}"
    VERBATIM)
  add_custom_target(${target} ALL DEPENDS "${arg_OUTPUT}")
endfunction()
