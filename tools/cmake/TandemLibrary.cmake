# libtandem (shared: exports tandem_* alone) and tandem_internal (static: the same objects, for our tools and tests).
get_property(layers GLOBAL PROPERTY TANDEM_LAYERS)
get_property(layer_libs GLOBAL PROPERTY TANDEM_LAYER_LIBS)
list(REMOVE_DUPLICATES layer_libs)

add_library(tandem_internal STATIC)
tandem_rules(tandem_internal)
add_library(tandem SHARED)
tandem_rules(tandem)
foreach(layer ${layers})
    target_sources(tandem_internal PRIVATE $<TARGET_OBJECTS:${layer}>)
    target_sources(tandem PRIVATE $<TARGET_OBJECTS:${layer}>)
endforeach()
target_link_libraries(tandem_internal PUBLIC ${layer_libs} m)

set(exported ${PROJECT_SOURCE_DIR}/tools/library/tandem.map)
target_link_libraries(tandem PRIVATE ${layer_libs} m)
target_link_options(tandem PRIVATE -Wl,--version-script=${exported})
set_target_properties(tandem PROPERTIES LINK_DEPENDS ${exported} VERSION ${PROJECT_VERSION} SOVERSION 0
    EXPORT_NAME core)
target_include_directories(tandem INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/core/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
add_library(tandem::core ALIAS tandem)

# Install: library, headers, tandem.pc, CMake package.
include(CMakePackageConfigHelpers)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tandem)
# From where the .pc file lies: `cmake --install --prefix` may choose another place than was configured.
file(RELATIVE_PATH pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/tandem.pc.in ${CMAKE_BINARY_DIR}/tandem.pc @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/tandem-sync.pc.in ${CMAKE_BINARY_DIR}/tandem-sync.pc @ONLY)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/TandemConfig.cmake.in
    ${CMAKE_BINARY_DIR}/TandemConfig.cmake INSTALL_DESTINATION ${cmake_dir})
# 0.x: every minor version may break.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/TandemConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS tandem EXPORT TandemTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT TandemTargets NAMESPACE tandem:: DESTINATION ${cmake_dir})
install(FILES ${CMAKE_BINARY_DIR}/TandemConfig.cmake ${CMAKE_BINARY_DIR}/TandemConfigVersion.cmake
    DESTINATION ${cmake_dir})
install(FILES ${CMAKE_BINARY_DIR}/tandem.pc ${CMAKE_BINARY_DIR}/tandem-sync.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/tandem DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
