# The library that C++ and C programs embed, and its installation: headers, a CMake package and a
# pkg-config file. BUILD_SHARED_LIBS says which kind it is.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

gaussmix_add_core(${GAUSSMIX_ISA})
add_library(
  gaussmix $<TARGET_OBJECTS:gaussmix_core_${GAUSSMIX_ISA}> $<TARGET_OBJECTS:gaussmix_common>
           $<TARGET_OBJECTS:gaussmix_threads>)
add_library(gaussmix::gaussmix ALIAS gaussmix)
target_include_directories(gaussmix INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(gaussmix INTERFACE cxx_std_17)
target_link_libraries(gaussmix PRIVATE Threads::Threads)
if(OpenMP_CXX_FOUND)
  target_link_libraries(gaussmix PRIVATE OpenMP::OpenMP_CXX)
endif()

# While the version is 0.x, a new minor version may break programs.
set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set_target_properties(gaussmix PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${soversion}
                                          LINKER_LANGUAGE CXX)
set(is_static FALSE)
set(static_needs_openmp FALSE)
set(pc_cflags "")
set(pc_libs "")
if(BUILD_SHARED_LIBS)
  if(WIN32)
    foreach(objects gaussmix_core_${GAUSSMIX_ISA} gaussmix_common gaussmix_threads)
      target_compile_definitions(${objects} PRIVATE GAUSSMIX_BUILDING GAUSSMIX_SHARED)
    endforeach()
  endif()
  target_compile_definitions(gaussmix INTERFACE GAUSSMIX_SHARED)
  set(pc_cflags -DGAUSSMIX_SHARED)
  if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    set(map ${PROJECT_SOURCE_DIR}/cpp/cmake/exports.map)
    target_link_options(gaussmix PRIVATE LINKER:--version-script=${map})
    set_target_properties(gaussmix PROPERTIES LINK_DEPENDS ${map})
  endif()
else()
  set(is_static TRUE)
  set(libraries ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
  list(FILTER libraries INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+|m)$")
  list(REMOVE_DUPLICATES libraries)
  list(TRANSFORM libraries PREPEND -l)
  list(PREPEND libraries ${CMAKE_THREAD_LIBS_INIT})
  if(OpenMP_CXX_FOUND)
    set(static_needs_openmp TRUE)
    list(PREPEND libraries ${OpenMP_CXX_FLAGS})
  endif()
  list(JOIN libraries " " pc_libs)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gaussmix)
install(TARGETS gaussmix EXPORT gaussmixTargets COMPONENT cpp)
install(EXPORT gaussmixTargets NAMESPACE gaussmix:: DESTINATION ${package_dir} COMPONENT cpp)
install(DIRECTORY cpp/include/gaussmix DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT cpp)

configure_package_config_file(cpp/cmake/gaussmixConfig.cmake.in gaussmixConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(gaussmixConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gaussmixConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/gaussmixConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT cpp)

# The way from the file to the prefix, so that an installation can be moved.
file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix}")
configure_file(cpp/cmake/gaussmix.pc.in gaussmix.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gaussmix.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT cpp)
