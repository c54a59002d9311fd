/* SPDX-License-Identifier: MIT */
/* A C++ library that throws.  It says whose unwinder it was given. */

#include <dlfcn.h>
#include <unwind.h>

extern "C" int thrower_catch(int value)
{
    try {
        throw value;
    } catch (int caught) {
        return caught;
    }
}

extern "C" const char *thrower_unwinder_file()
{
    Dl_info info;
    auto raise = reinterpret_cast<void *>(&_Unwind_RaiseException);
    return dladdr(raise, &info) != 0 ? info.dli_fname : "nowhere";
}
