/* SPDX-License-Identifier: MIT */
#include "platform/fake_stack.h"

#include <stddef.h>

extern void *__asan_get_current_fake_stack(void) __attribute__((weak));
extern void *__asan_addr_is_in_fake_stack(void *fake_stack, void *address,
                                          void **low, void **high)
    __attribute__((weak));
extern int __asan_option_detect_stack_use_after_return __attribute__((weak));

uintptr_t gc__fake_stack(void)
{
    if (__asan_get_current_fake_stack == NULL ||
        __asan_addr_is_in_fake_stack == NULL)
        return 0;
    return (uintptr_t)__asan_get_current_fake_stack();
}

/* Where they are made, each function of the program asks for the variable, so no
 * lock is taken for it any more. */
uintptr_t gc__fake_stack_now(uintptr_t last)
{
    bool makes_any = &__asan_option_detect_stack_use_after_return != NULL &&
                     __asan_option_detect_stack_use_after_return != 0;
    return makes_any || last != 0 ? gc__fake_stack() : 0;
}

bool gc__fake_frame_at(uintptr_t fake_stack, uintptr_t address,
                       struct range *frame)
{
    void *low, *high;
    if (__asan_addr_is_in_fake_stack((void *)fake_stack, (void *)address, &low,
                                     &high) == NULL)
        return false;
    *frame = (struct range){(uintptr_t)low, (uintptr_t)high};
    return true;
}
