# Instruction sets: which can be compiled for, which this machine has, and which this build is for.
# Sets isas, native_isas (best first) and gaussmix_isas.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64" AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  set(isas v2 v3 v4)
  set(default_isa v3)
else()
  set(isas generic)
  set(default_isa generic)
endif()

# What this machine has; of another machine, for which code is compiled here, nothing is known.
if(NOT DEFINED GAUSSMIX_NATIVE_ISAS)
  set(found "")
  if(default_isa STREQUAL generic)
    set(found generic)
  elseif(NOT CMAKE_CROSSCOMPILING)
    try_run(runs compiles ${PROJECT_BINARY_DIR}/native_isas
            ${PROJECT_SOURCE_DIR}/cpp/cmake/native_isas.cpp
            CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR}/cpp/src
            RUN_OUTPUT_VARIABLE found)
    if(NOT compiles OR NOT runs EQUAL 0)
      message(FATAL_ERROR "What this machine can run could not be found out: the compiler failed, or "
                          "what it compiled, on cpp/cmake/native_isas.cpp")
    endif()
    string(APPEND found generic)
  endif()
  set(GAUSSMIX_NATIVE_ISAS "${found}" CACHE INTERNAL "The instruction sets of this machine")
endif()
set(native_isas ${GAUSSMIX_NATIVE_ISAS})

set(GAUSSMIX_ISAS native CACHE STRING
    "The instruction sets of the Python package, a module each; native: the best of this machine")
set(GAUSSMIX_ISA ${default_isa} CACHE STRING "The instruction set of the C++ library")
set_property(CACHE GAUSSMIX_ISA PROPERTY STRINGS ${isas})
set(gaussmix_isas ${GAUSSMIX_ISAS})
if(GAUSSMIX_ISAS STREQUAL native)
  if(NOT native_isas)
    message(FATAL_ERROR "This build is for another machine, whose instruction sets are not known: "
                        "set GAUSSMIX_ISAS to some of ${isas}, or to generic")
  endif()
  list(GET native_isas 0 gaussmix_isas)
endif()
foreach(isa IN LISTS GAUSSMIX_ISA gaussmix_isas)
  if(NOT isa IN_LIST isas AND NOT isa STREQUAL generic)
    message(FATAL_ERROR "There is no instruction set ${isa} here; there are ${isas}, generic")
  endif()
endforeach()
