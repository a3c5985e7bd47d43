package org.skerry.toolstack.xenstore;

import org.skerry.wire.Errno;

/** What the C library says for an error, in the one language that the stock programs speak. */
final class ErrnoText
{
    private ErrnoText()
    {
    }

    /**
     * @param errno that the store answered, or {@link Errno#EIO} for none.
     * @return its text as strerror gives it.
     */
    static String of(final Errno errno)
    {
        return switch (errno)
        {
            case EPERM -> "Operation not permitted";
            case ENOENT -> "No such file or directory";
            case EIO -> "Input/output error";
            case E2BIG -> "Argument list too long";
            case EAGAIN -> "Resource temporarily unavailable";
            case ENOMEM -> "Cannot allocate memory";
            case EACCES -> "Permission denied";
            case EBUSY -> "Device or resource busy";
            case EEXIST -> "File exists";
            case EISDIR -> "Is a directory";
            case EINVAL -> "Invalid argument";
            case ENOSPC -> "No space left on device";
            case EROFS -> "Read-only file system";
            case ENOSYS -> "Function not implemented";
            case ENOTEMPTY -> "Directory not empty";
            case EISCONN -> "Transport endpoint is already connected";
            default -> errno.name();                             // the protocol knows no other
        };
    }
}
