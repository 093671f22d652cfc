# Finds LibTorch in a folder with `include` and `lib`: a libtorch download, or the `torch` folder of a Python
# installation. LIBTORCH_ROOT (or the environment variable TISE_LIBTORCH) names it.
#
# The wheel's own TorchConfig.cmake requires a CUDA toolkit, which isn't needed to run on CUDA, so the libraries are
# linked directly. Defines the target LibTorch::LibTorch and LibTorch_VERSION.

set(_root "$ENV{TISE_LIBTORCH}")
if(SKBUILD AND NOT _root AND NOT LIBTORCH_ROOT)  # building a wheel: torch is a build requirement
  execute_process(COMMAND ${Python3_EXECUTABLE} -c "import importlib.util as i; print(i.find_spec('torch').submodule_search_locations[0])"
                  OUTPUT_VARIABLE _root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT LIBTORCH_ROOT)  # not found in an earlier configuration either
  set(LIBTORCH_ROOT "${_root}" CACHE PATH "folder with LibTorch's include and lib" FORCE)
endif()

find_path(LibTorch_INCLUDE_DIR torch/script.h HINTS ${LIBTORCH_ROOT}/include)
find_library(LibTorch_LIBRARY torch_cpu HINTS ${LIBTORCH_ROOT}/lib)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${LIBTORCH_ROOT}/lib)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_LIBRARY LibTorch_C10_LIBRARY)

foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(LibTorch_INCLUDE_DIR AND EXISTS ${LibTorch_INCLUDE_DIR}/${_header} AND NOT LibTorch_VERSION)
    file(STRINGS ${LibTorch_INCLUDE_DIR}/${_header} _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    string(REGEX REPLACE "[^;0-9]" "" _numbers "${_lines}")
    string(REPLACE ";" "." LibTorch_VERSION "${_numbers}")
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "set TISE_LIBTORCH to the folder of LibTorch or of Python's torch 2.11, or run scripts/demo.sh, which downloads it")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  get_filename_component(_lib ${LibTorch_LIBRARY} DIRECTORY)
  add_library(LibTorch::C10 SHARED IMPORTED)
  set_target_properties(LibTorch::C10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
  add_library(LibTorch::LibTorch SHARED IMPORTED)
  set_target_properties(LibTorch::LibTorch PROPERTIES
    IMPORTED_LOCATION ${LibTorch_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES LibTorch::C10
    # libtorch_cpu.so finds the CUDA runtime through its own RPATH, which the linker needn't follow.
    INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")
endif()
