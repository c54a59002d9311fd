/* SPDX-License-Identifier: MIT */
/* Sources: sigaction(2), tgkill(2), signal(7).  The vector registers, which may
 * hold pointers in the middle of a memcpy, are in the frame that the kernel puts
 * on the stack for the handler; how large it is, the frame says itself: struct
 * _fpx_sw_bytes of <asm/sigcontext.h>. */

#define _GNU_SOURCE /* REG_RSP */

#include "platform/stop_signal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "platform/signal_mask.h"

static gc__stop_handler *on_stop;

#if defined(__x86_64__)

enum {
    RED_ZONE_BYTES = 128, /* below the stack pointer, of a leaf function */
    LEGACY_BYTES = 512,   /* of the frame without the larger registers */
    SOFTWARE_OFFSET = 464,
    SOFTWARE_MAGIC = 0x46505853, /* FP_XSTATE_MAGIC1 */
};

static struct range vector_registers(const ucontext_t *context)
{
    uintptr_t low = (uintptr_t)context->uc_mcontext.fpregs;
    uint32_t software[2]; /* a magic number, and the bytes in all */
    if (low == 0)
        return (struct range){0, 0};
    memcpy(software, (const char *)low + SOFTWARE_OFFSET, sizeof software);
    size_t bytes =
        software[0] == SOFTWARE_MAGIC ? software[1] : (size_t)LEGACY_BYTES;
    return (struct range){low, low + bytes};
}

static void read_context(const ucontext_t *context,
                         struct interrupted *interrupted)
{
    uintptr_t low = (uintptr_t)context->uc_mcontext.gregs;
    interrupted->registers[0] =
        (struct range){low, low + sizeof context->uc_mcontext.gregs};
    interrupted->registers[1] = vector_registers(context);
    interrupted->stack_pointer =
        (uintptr_t)context->uc_mcontext.gregs[REG_RSP] - RED_ZONE_BYTES;
}

#elif defined(__aarch64__)

static void read_context(const ucontext_t *context,
                         struct interrupted *interrupted)
{
    uintptr_t low = (uintptr_t)context->uc_mcontext.regs;
    uintptr_t rest = (uintptr_t)context->uc_mcontext.__reserved;
    interrupted->registers[0] =
        (struct range){low, low + sizeof context->uc_mcontext.regs};
    interrupted->registers[1] =
        (struct range){rest, rest + sizeof context->uc_mcontext.__reserved};
    interrupted->stack_pointer = (uintptr_t)context->uc_mcontext.sp;
}

#else
#error "platform/stop_signal_linux.c: where are this processor's registers?"
#endif

static void handle(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    int saved_errno = errno;
    struct interrupted interrupted;
    read_context(context, &interrupted);
    on_stop(&interrupted);
    errno = saved_errno;
}

static bool is_unused(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 &&
           (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

static int choose(void)
{
    for (int signal = SIGRTMAX - 1; signal > SIGRTMIN; signal--)
        if (is_unused(signal))
            return signal;
    return 0;
}

/* Not with SA_ONSTACK.  An alternate stack is often as small as MINSIGSTKSZ says,
 * 2 KiB, where the kernel's frame alone takes more today, and then the kernel ends
 * the process; or it is the stack of a coroutine, made by the old trick of leaving
 * a handler, and has frames that would be overwritten.  The stack that the thread
 * runs on has to have room for some handler in any case.
 *
 * All signals wait while a thread is stopped: a handler of the program's may
 * use the collected heap.  So does the one by which libc cancels a thread, which
 * sigfillset(3) leaves out: it would unwind the thread out of the stop. */
int gc__stop_signal_install(int signal, gc__stop_handler *handler)
{
    struct sigaction action = {0};
    if (signal == 0)
        signal = choose();
    on_stop = handler;
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
    if (signal == 0 || sigaction(signal, &action, NULL) != 0)
        return 0;
    return signal;
}

enum send_result gc__stop_signal_send(int task, int signal)
{
    int saved_errno = errno;
    enum send_result result = SEND_DONE;
    if (syscall(SYS_tgkill, getpid(), task, signal) != 0)
        result = errno == EAGAIN ? SEND_NOT_NOW : SEND_NO_THREAD;
    errno = saved_errno;
    return result;
}

bool gc__stop_signal_let_in(int signal)
{
    uint64_t one = signal_bit(signal), before = 0;
    gc__signal_mask(SIG_UNBLOCK, &one, &before);
    return (before & one) != 0;
}

void gc__stop_signal_shut_out(int signal)
{
    uint64_t one = signal_bit(signal);
    gc__signal_mask(SIG_BLOCK, &one, NULL);
}
