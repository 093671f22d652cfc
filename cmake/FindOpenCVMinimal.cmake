# Finds only the three OpenCV modules that this project uses: Debian ships OpenCVConfig.cmake only with the package of
# all modules and their 150 dependencies. Defines OpenCVMinimal::OpenCV.

find_package(OpenCV QUIET CONFIG COMPONENTS core imgproc imgcodecs)
if(OpenCV_FOUND)
  set(OpenCVMinimal_INCLUDE_DIR ${OpenCV_INCLUDE_DIRS})
  set(OpenCVMinimal_LIBRARIES ${OpenCV_LIBS})
else()
  find_path(OpenCVMinimal_INCLUDE_DIR opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4)
  set(OpenCVMinimal_LIBRARIES)
  foreach(_module imgcodecs imgproc core)
    find_library(OpenCVMinimal_${_module} opencv_${_module})
    mark_as_advanced(OpenCVMinimal_${_module})
    if(OpenCVMinimal_${_module})
      list(APPEND OpenCVMinimal_LIBRARIES ${OpenCVMinimal_${_module}})
    endif()
  endforeach()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVMinimal REQUIRED_VARS OpenCVMinimal_LIBRARIES OpenCVMinimal_INCLUDE_DIR)

if(OpenCVMinimal_FOUND AND NOT TARGET OpenCVMinimal::OpenCV)
  add_library(OpenCVMinimal::OpenCV INTERFACE IMPORTED)
  set_target_properties(OpenCVMinimal::OpenCV PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${OpenCVMinimal_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${OpenCVMinimal_LIBRARIES}")
endif()
