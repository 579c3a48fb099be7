# Instruction sets: which can be compiled for, which this machine has, and which this build is for.
# Sets isas, native_isas (best first) and gaussmix_isas.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64" AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  set(isas v2 v3 v4)
  set(default_isa v3)
else()
  set(isas generic)
  set(default_isa generic)
endif()

# What this machine has, asked anew each time, since a build tree may be on another machine the next
# time; of another machine, for which code is compiled here, nothing is known.
set(native_isas "")
if(default_isa STREQUAL generic)
  set(native_isas generic)
elseif(NOT CMAKE_CROSSCOMPILING)
  try_run(runs compiles ${PROJECT_BINARY_DIR}/native_isas
          ${PROJECT_SOURCE_DIR}/cpp/cmake/native_isas.cpp
          CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR}/cpp/src
          RUN_OUTPUT_VARIABLE native_isas)
  if(compiles AND runs EQUAL 0)
    string(APPEND native_isas generic)
  else()
    set(native_isas "")
    message(WARNING "What this machine can run could not be found out: the compiler failed, or what "
                    "it compiled, on cpp/cmake/native_isas.cpp")
  endif()
endif()

set(GAUSSMIX_ISAS native CACHE STRING
    "The instruction sets of the Python package, a module each; native: the best of this machine; \
portable: all that there are for machines of this kind")
set(GAUSSMIX_ISA ${default_isa} CACHE STRING "The instruction set of the C++ library")
set_property(CACHE GAUSSMIX_ISA PROPERTY STRINGS ${isas})
set(gaussmix_isas ${GAUSSMIX_ISAS})
if(GAUSSMIX_ISAS STREQUAL portable)
  set(gaussmix_isas ${isas})
elseif(GAUSSMIX_ISAS STREQUAL native)
  if(native_isas)
    list(GET native_isas 0 gaussmix_isas)
  else()
    set(gaussmix_isas ${GAUSSMIX_ISA})
    if(GAUSSMIX_BUILD_PYTHON)
      message(FATAL_ERROR "The instruction sets of the machine that this build is for are not known: "
                          "set GAUSSMIX_ISAS to some of ${isas}, or to generic")
    endif()
  endif()
endif()
foreach(isa IN LISTS GAUSSMIX_ISA gaussmix_isas)
  if(NOT isa IN_LIST isas AND NOT isa STREQUAL generic)
    message(FATAL_ERROR "There is no instruction set ${isa} here; there are ${isas}, generic")
  endif()
endforeach()
