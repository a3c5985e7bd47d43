package org.skerry.guest.xenstore;

/**
 * An open transaction: everything it reads is as of one moment, everything it writes becomes visible at once, when the
 * body that was given to {@link XenstoreClient#inTransaction} returns. Not to be used after that.
 */
public interface XenstoreTransaction extends XenstoreAccess
{
}
