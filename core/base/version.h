/* The version of this build, from the project() line of the top CMakeLists.txt. */
#ifndef TD_BASE_VERSION_H
#define TD_BASE_VERSION_H

#ifndef TANDEM_VERSION
#error "TANDEM_VERSION comes from the build"
#endif

#endif
