package org.skerry.blkback;

/**
 * What one device has done since it was connected. Written by the thread that serves it, read by that thread.
 */
final class BlkbackStatistics
{
    long readRequests;
    long writeRequests;
    long flushRequests;
    long discardRequests;
    long sectorsRead;
    long sectorsWritten;
    /** Requests that made no sense, or asked a read-only disk to change. */
    long refusedRequests;
    /** Requests with an operation that we do not have. */
    long unknownRequests;
    /** Requests that made sense and failed: at the file, or because a grant was no grant. */
    long failedRequests;
    /** Requests whose data went through bounce frames. */
    long copiedRequests;

    @Override
    public String toString()
    {
        return "read=" + readRequests + ", write=" + writeRequests + ", flush=" + flushRequests + ", discard=" +
            discardRequests + ", sectorsRead=" + sectorsRead + ", sectorsWritten=" + sectorsWritten + ", refused=" +
            refusedRequests + ", unknown=" + unknownRequests + ", failed=" + failedRequests + ", copied=" +
            copiedRequests;
    }
}
