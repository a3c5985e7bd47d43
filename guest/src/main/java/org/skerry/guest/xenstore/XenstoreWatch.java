package org.skerry.guest.xenstore;

/** A registered watch. Its events go to the consumer that was given to {@link XenstoreClient#watch}. */
public interface XenstoreWatch extends AutoCloseable
{
    /** @return the path as it was given at registration. */
    String path();

    /** End the watch. No event of it is delivered to the caller's thread after this returns; closing twice is fine. */
    @Override
    void close();
}
