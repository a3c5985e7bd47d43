package org.skerry.wire.xs;

/**
 * What a message of xenstore asks for or answers, by its number on the wire.
 *
 * <p>Spec: io/xs_wire.h, enum xsd_sockmsg_type; docs/misc/xenstore.txt.
 */
public enum XsOp
{
    /** {@code cmd NUL (param NUL)*}: a command to the daemon itself. Also known as DEBUG. */
    CONTROL(0),
    /** {@code path NUL}: names of the children. */
    DIRECTORY(1),
    /** {@code path NUL}: the value. */
    READ(2),
    /** {@code path NUL}: the permissions. */
    GET_PERMS(3),
    /** {@code path NUL token NUL [depth NUL]}: events from now on, one at once. */
    WATCH(4),
    /** {@code path NUL token NUL}. */
    UNWATCH(5),
    /** {@code NUL}: the id of a new transaction, in decimal. */
    TRANSACTION_START(6),
    /** {@code T NUL} commits, {@code F NUL} aborts. */
    TRANSACTION_END(7),
    /** {@code domid NUL gfn NUL port NUL}: a domain's page is to be served. */
    INTRODUCE(8),
    /** {@code domid NUL}: a domain is gone. */
    RELEASE(9),
    /** {@code domid NUL}: its home. */
    GET_DOMAIN_PATH(10),
    /** {@code path NUL value}. */
    WRITE(11),
    /** {@code path NUL}. */
    MKDIR(12),
    /** {@code path NUL}. */
    RM(13),
    /** {@code path NUL (permission NUL)+}. */
    SET_PERMS(14),
    /** {@code path NUL token NUL}, from the server only. */
    WATCH_EVENT(15),
    /** {@code name of an errno NUL}, from the server only. */
    ERROR(16),
    /** {@code domid NUL}: {@code T} or {@code F}. */
    IS_DOMAIN_INTRODUCED(17),
    /** {@code domid NUL}: a domain that was suspended goes on. */
    RESUME(18),
    /** {@code domid NUL tdomid NUL}: the first gets the rights of the second. */
    SET_TARGET(19),
    /** Removed from the protocol; its number is not used again. */
    RESTRICT(20),
    /** {@code NUL}: the caller's watches and transactions go. */
    RESET_WATCHES(21),
    /** {@code path NUL offset NUL}: generation of the node, names of children from an offset on. */
    DIRECTORY_PART(22),
    /** {@code [domid NUL]}: features of the server for a domain. */
    GET_FEATURE(23),
    /** {@code domid NUL value NUL}. */
    SET_FEATURE(24),
    /** {@code [[domid NUL] name NUL]}: a limit, or the names of all. */
    GET_QUOTA(25),
    /** {@code [domid NUL] name NUL value NUL}. */
    SET_QUOTA(26);

    private static final XsOp[] BY_NUMBER = values();

    private final int number;

    XsOp(final int number)
    {
        this.number = number;
    }

    /** @return the number on the wire, 0 to 26. */
    public int number()
    {
        return number;
    }

    /**
     * @param number what a peer wrote.
     * @return the operation, or null when there is none of that number.
     */
    public static XsOp ofNumber(final int number)
    {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
