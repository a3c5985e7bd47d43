package org.skerry.toolstack.launch;

import org.skerry.wire.linux.Seccomp;

import static org.skerry.wire.linux.SyscallNumbers.SYS_ACCT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_ADD_KEY;
import static org.skerry.wire.linux.SyscallNumbers.SYS_BPF;
import static org.skerry.wire.linux.SyscallNumbers.SYS_DELETE_MODULE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FINIT_MODULE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_INIT_MODULE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_IO_URING_ENTER;
import static org.skerry.wire.linux.SyscallNumbers.SYS_IO_URING_REGISTER;
import static org.skerry.wire.linux.SyscallNumbers.SYS_IO_URING_SETUP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_KEXEC_LOAD;
import static org.skerry.wire.linux.SyscallNumbers.SYS_KEYCTL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MOUNT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_OPEN_BY_HANDLE_AT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PERF_EVENT_OPEN;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PIDFD_GETFD;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PIVOT_ROOT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PROCESS_VM_READV;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PROCESS_VM_WRITEV;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PTRACE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_REBOOT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_REQUEST_KEY;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SETNS;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SOCKET;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SWAPOFF;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SWAPON;
import static org.skerry.wire.linux.SyscallNumbers.SYS_UMOUNT2;
import static org.skerry.wire.linux.SyscallNumbers.SYS_UNSHARE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_USERFAULTFD;

/**
 * What no domain may call even before its own code runs: the ways around namespaces and Landlock. It must let a Java
 * start; what is left of the way is closed by the process itself.
 */
final class OuterFilter
{
    private static final int EPERM = 1;

    private OuterFilter()
    {
    }

    static Seccomp.Filter filter()
    {
        final Seccomp.Filter filter = Seccomp.denyList();
        final int[] denied = {
            SYS_ACCT, SYS_ADD_KEY, SYS_BPF, SYS_DELETE_MODULE, SYS_FINIT_MODULE, SYS_INIT_MODULE,
            SYS_IO_URING_ENTER, SYS_IO_URING_REGISTER, SYS_IO_URING_SETUP, SYS_KEXEC_LOAD, SYS_KEYCTL, SYS_MOUNT,
            SYS_OPEN_BY_HANDLE_AT, SYS_PERF_EVENT_OPEN, SYS_PIDFD_GETFD, SYS_PIVOT_ROOT, SYS_PROCESS_VM_READV,
            SYS_PROCESS_VM_WRITEV, SYS_PTRACE, SYS_REBOOT, SYS_REQUEST_KEY, SYS_SETNS, SYS_SOCKET, SYS_SWAPOFF,
            SYS_SWAPON, SYS_UMOUNT2, SYS_UNSHARE, SYS_USERFAULTFD};
        for (final int number : denied)
        {
            filter.errno(number, EPERM);
        }

        return filter;
    }
}
