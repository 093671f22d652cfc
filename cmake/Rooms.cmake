# The code is divided into rooms, one static library each (CONTRIBUTING, "The plan of the house"). A room links only
# the rooms to its left, so a wrong include causes a link error.

set(TISE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)

add_library(tise_options INTERFACE)
target_include_directories(tise_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                  $<INSTALL_INTERFACE:include>)
target_compile_features(tise_options INTERFACE cxx_std_20)
target_compile_options(tise_options INTERFACE $<BUILD_INTERFACE:${TISE_WARNINGS}>)
target_link_libraries(tise_options INTERFACE Threads::Threads)
if(TISE_SANITIZE)
  target_compile_options(tise_options INTERFACE -fsanitize=${TISE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(tise_options INTERFACE -fsanitize=${TISE_SANITIZE})
  if(TISE_SANITIZE MATCHES undefined)  # LibTorch doesn't export the types that this check would inspect
    target_compile_options(tise_options INTERFACE -fno-sanitize=vptr)
  endif()
endif()

# The headers that most files use, compiled once and shared by every room that uses LibTorch. torch/script.h isn't among
# them: every file would instantiate its templates again, and took twice as long.
set(TISE_PRECOMPILED <ATen/ATen.h> <nlohmann/json.hpp>)
if(TISE_PCH)
  if(NOT EXISTS ${PROJECT_BINARY_DIR}/torch_pch.cpp)  # a new timestamp would recompile every header
    file(WRITE ${PROJECT_BINARY_DIR}/torch_pch.cpp "")
  endif()
  add_library(tise_torch_pch OBJECT ${PROJECT_BINARY_DIR}/torch_pch.cpp)
  target_link_libraries(tise_torch_pch PRIVATE tise_options LibTorch::LibTorch nlohmann_json::nlohmann_json)
  target_precompile_headers(tise_torch_pch PRIVATE ${TISE_PRECOMPILED})
  target_compile_options(tise_torch_pch PRIVATE -fpch-preprocess)
endif()

# tise_use_torch(target [PRECOMPILE header …]): the extra headers are precompiled for this target only.
function(tise_use_torch target)
  cmake_parse_arguments(USE "" "" "PRECOMPILE" ${ARGN})
  target_link_libraries(${target} PUBLIC LibTorch::LibTorch nlohmann_json::nlohmann_json)
  if(TISE_PCH)
    if(USE_PRECOMPILE)
      target_precompile_headers(${target} PRIVATE ${TISE_PRECOMPILED} ${USE_PRECOMPILE})
    else()
      target_precompile_headers(${target} REUSE_FROM tise_torch_pch)
    endif()
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# tise_room(name SOURCES a.cpp … LINK tise_x lib … [USE lib …] [TORCH]): LINK for libraries that its headers include,
# USE for those that only its sources include, so that no other target is compiled against them.
function(tise_room name)
  cmake_parse_arguments(ROOM "TORCH" "" "SOURCES;LINK;USE" ${ARGN})
  add_library(tise_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(tise_${name} PUBLIC tise_options ${ROOM_LINK} PRIVATE ${ROOM_USE})
  if(ROOM_TORCH)
    tise_use_torch(tise_${name})
  endif()
endfunction()
