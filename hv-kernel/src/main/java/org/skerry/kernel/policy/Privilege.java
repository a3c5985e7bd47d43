package org.skerry.kernel.policy;

import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.Domid;

/**
 * What only Domain-0 may ask. The caller is known by the connection that its message came from, never by a number.
 */
public final class Privilege
{
    private static final int FIRST_DOMCTL = 32;
    private static final int LAST_DOMCTL = 63;

    private Privilege()
    {
    }

    /**
     * @param caller     who asks.
     * @param templateId of the message on its connection.
     * @return whether it may.
     */
    public static boolean mayAsk(final KernelDomain caller, final int templateId)
    {
        return templateId < FIRST_DOMCTL || templateId > LAST_DOMCTL || caller.isPrivileged();
    }

    /**
     * @param caller who asks.
     * @param domid  on whose behalf, as it said.
     * @return whether it may act for that domain.
     */
    public static boolean mayActFor(final KernelDomain caller, final int domid)
    {
        return domid == Domid.DOMID_SELF || domid == caller.domid() || caller.isPrivileged();
    }
}
