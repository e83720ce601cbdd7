# Debian packages for users of CAF 0.17.6, which Debian and Ubuntu ship:
#
#   cmake --preset package && cmake --build --preset package
#   (cd build/package && cpack)

set(python_release "${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}")
math(EXPR next_minor "${Python_VERSION_MINOR} + 1")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME venomous)
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "The Venomous for C++ authors")
endif()
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)

set(CPACK_COMPONENTS_ALL development python)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME venomous-dev)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Library and headers of Venomous")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libcaf-dev, libmsgpack-cxx-dev, python3-venomous (= ${PROJECT_VERSION})")

# An interpreter loads only a bridge that was built for its version of Python.
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-venomous)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Python side of Venomous")
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
    "python3 (>= ${python_release}), python3 (<< ${Python_VERSION_MAJOR}.${next_minor})")

include(CPack)
