# Warnings, sanitizers and the shape of a target, in one place.

add_library(heddle_flags INTERFACE)
target_include_directories(heddle_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(heddle_flags INTERFACE _GNU_SOURCE HEDDLE_VERSION="${PROJECT_VERSION}")
target_compile_options(heddle_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -fno-strict-aliasing -fno-omit-frame-pointer)
# What makes a fault in memory harder to use: a canary in each frame, checked copies, every address random (PIE),
# nothing writable that is called or executed. tests/checks/hardening.sh reads the programs for it. Sanitizers check
# more, and do not go with _FORTIFY_SOURCE, which needs an optimizer.
target_compile_options(heddle_flags INTERFACE -fstack-protector-strong)
# -fPIC and not -fPIE: the client library may become part of somebody's shared object. Its names are hidden but for
# those of its header, so that nothing can be put in their place and calls stay as direct as in a program.
target_compile_options(heddle_flags INTERFACE -fPIC -fvisibility=hidden)
target_link_options(heddle_flags INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie> LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
if(NOT HEDDLE_SANITIZE)
  target_compile_options(heddle_flags INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-D_FORTIFY_SOURCE=2>)
endif()
if(HEDDLE_WERROR)
  target_compile_options(heddle_flags INTERFACE -Werror)
endif()
if(HEDDLE_SANITIZE)
  target_compile_options(heddle_flags INTERFACE -fsanitize=${HEDDLE_SANITIZE} -fno-sanitize-recover=all)
  target_compile_definitions(heddle_flags INTERFACE HEDDLE_SANITIZED)
  target_link_options(heddle_flags INTERFACE -fsanitize=${HEDDLE_SANITIZE})
  # Each of some 270 programs contains the sanitizers' library: ld takes three times as long for that as lld.
  include(CheckLinkerFlag)
  check_linker_flag(C -fuse-ld=lld HEDDLE_HAS_LLD)
  if(HEDDLE_HAS_LLD)
    target_link_options(heddle_flags INTERFACE -fuse-ld=lld)
  endif()
endif()
if(HEDDLE_FUZZ)
  target_compile_options(heddle_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# heddle_library(NAME SOURCES a.c b.c USES other_layer... LIBS PkgConfig::X...)
# One layer. USES are the layers it may see (public), LIBS the system libraries its own code needs.
function(heddle_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC heddle_flags ${ARG_USES} ${ARG_LIBS})
endfunction()

function(heddle_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE heddle_flags ${ARG_USES} ${ARG_LIBS})
endfunction()

# The archives of heddle_* that a target needs, itself first.
function(heddle_archives target out)
  set(found ${target})
  get_target_property(uses ${target} INTERFACE_LINK_LIBRARIES)
  foreach(use ${uses})
    if(use MATCHES "^heddle_" AND NOT use STREQUAL heddle_flags)
      heddle_archives(${use} more)
      list(APPEND found ${more})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${out} ${found} PARENT_SCOPE)
endfunction()
