# Compatible with nothing but 1.1, as the real one says of itself.
set(PACKAGE_VERSION 1.1.0)
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
