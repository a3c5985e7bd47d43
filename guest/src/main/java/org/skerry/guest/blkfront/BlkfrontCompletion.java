package org.skerry.guest.blkfront;

/** Hears of the end of a request. Called by the domain's owner thread; may submit the next request. */
@FunctionalInterface
public interface BlkfrontCompletion
{
    /**
     * @param token  as it was given with the request.
     * @param status {@code BLKIF_RSP_OKAY} (0), {@code BLKIF_RSP_ERROR} (-1) or {@code BLKIF_RSP_EOPNOTSUPP} (-2).
     */
    void onComplete(long token, int status);
}
