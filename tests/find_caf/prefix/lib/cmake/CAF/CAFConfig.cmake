# Stands for the package that CAF 1.x installs.
foreach(component core io)
  if(NOT TARGET CAF::${component})
    add_library(CAF::${component} INTERFACE IMPORTED)
  endif()
endforeach()
