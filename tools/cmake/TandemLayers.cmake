# tandem_layer(NAME sources... LIBS libs...): one object library a layer, all with the same rules.
set(TANDEM_WARNINGS -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wconversion
    -Wno-sign-conversion)

function(tandem_rules target)
    target_compile_features(${target} PRIVATE c_std_11)
    set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden
        POSITION_INDEPENDENT_CODE ON)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE TANDEM_VERSION="${PROJECT_VERSION}")
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/core/include)
    target_compile_options(${target} PRIVATE ${TANDEM_WARNINGS} $<$<BOOL:${TANDEM_WERROR}>:-Werror>
        $<$<BOOL:${TANDEM_COVERAGE}>:--coverage>)
    target_link_options(${target} PRIVATE $<$<BOOL:${TANDEM_COVERAGE}>:--coverage>)
    if(TANDEM_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${TANDEM_SANITIZE} -fno-omit-frame-pointer
            -fno-sanitize-recover=all)
        target_link_options(${target} PRIVATE -fsanitize=${TANDEM_SANITIZE})
    endif()
endfunction()

function(tandem_layer name)
    cmake_parse_arguments(L "" "" "SOURCES;LIBS" ${ARGN})
    add_library(${name} OBJECT ${L_SOURCES})
    tandem_rules(${name})
    target_link_libraries(${name} PRIVATE ${L_LIBS})
    set_property(GLOBAL APPEND PROPERTY TANDEM_LAYERS ${name})
    set_property(GLOBAL APPEND PROPERTY TANDEM_LAYER_LIBS ${L_LIBS})
endfunction()
