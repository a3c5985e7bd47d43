package org.skerry.toolstack.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.skerry.wire.Errno;

class LinuxBootTest
{
    @Test
    void shouldSayInOneLineWhatToDoWhenThereIsNoKvm()
    {
        assertProblem(Errno.EACCES, "no permission to open /dev/kvm", "usermod -aG kvm $USER");
        assertProblem(Errno.EPERM, "no permission to open /dev/kvm", "usermod -aG kvm $USER");
        assertProblem(Errno.ENOENT, "no /dev/kvm", "load kvm_intel or kvm_amd");
        assertProblem(Errno.ENODEV, "cannot open /dev/kvm, which a Linux guest needs: ENODEV", "kvm_amd");
    }

    private static void assertProblem(final Errno errno, final String what, final String remedy)
    {
        final String problem = LinuxBoot.kvmProblem(errno.negative());
        assertTrue(problem.startsWith(what), problem);
        assertTrue(problem.contains(remedy) && problem.endsWith("bin/skerry lab"), problem);
        assertTrue(problem.indexOf('\n') < 0, problem);
    }
}
