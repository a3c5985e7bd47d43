package org.skerry.guest;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * The process of a Java guest. It attaches, confines itself and gives the domain to the guest's kernel: the public
 * static method {@code boot(Domain)} of the class that was named. A kernel that returns has powered off; one that
 * throws has crashed.
 */
public final class GuestBoot
{
    private static final int EXIT_NO_KERNEL = 2;

    private GuestBoot()
    {
    }

    /**
     * @param args name of the kernel's class, as the manifest of its jar says under Main-Class.
     * @throws ReflectiveOperationException when the kernel cannot be called.
     */
    public static void main(final String[] args) throws ReflectiveOperationException
    {
        final Method boot = kernel(args[0]);
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.GUEST);

        ShutdownReason reason = ShutdownReason.POWEROFF;
        try
        {
            boot.invoke(null, domain);
        }
        catch (final InvocationTargetException e)
        {
            e.getCause().printStackTrace();
            reason = ShutdownReason.CRASH;
        }
        domain.shutdown(reason);
    }

    private static Method kernel(final String className)
    {
        try
        {
            return Class.forName(className, false, GuestBoot.class.getClassLoader())
                .getMethod("boot", Domain.class);
        }
        catch (final ClassNotFoundException | NoSuchMethodException e)
        {
            System.err.println("not a kernel: class=" + className + ": " + e);
            Runtime.getRuntime().halt(EXIT_NO_KERNEL);
            return null;
        }
    }
}
