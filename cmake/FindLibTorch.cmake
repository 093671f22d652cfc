# LibTorch from the folder that holds `include` and `lib`: a libtorch download, or the `torch` folder of a
# Python installation. LIBTORCH_ROOT (or the environment's TISE_LIBTORCH) names it.
#
# The wheel's own TorchConfig.cmake asks for a CUDA toolkit, which running on CUDA does not need: the
# libraries are linked directly. Defines the target LibTorch::LibTorch and LibTorch_VERSION.

set(LIBTORCH_ROOT "$ENV{TISE_LIBTORCH}" CACHE PATH "folder with LibTorch's include and lib")

find_path(LibTorch_INCLUDE_DIR torch/script.h HINTS ${LIBTORCH_ROOT}/include)
find_library(LibTorch_LIBRARY torch_cpu HINTS ${LIBTORCH_ROOT}/lib)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${LIBTORCH_ROOT}/lib)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_LIBRARY LibTorch_C10_LIBRARY)

if(LibTorch_INCLUDE_DIR AND EXISTS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
  file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h _line REGEX "define TORCH_VERSION \"")
elseif(LibTorch_INCLUDE_DIR AND EXISTS ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h)
  file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h _line REGEX "define TORCH_VERSION \"")
endif()
if(_line MATCHES "\"([0-9.]+)")
  set(LibTorch_VERSION ${CMAKE_MATCH_1})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "set TISE_LIBTORCH to the folder with LibTorch's include and lib, or run scripts/demo.sh")

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
    # libtorch_cpu.so finds the CUDA runtime through its own RPATH; the linker need not follow it there.
    INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")
endif()
