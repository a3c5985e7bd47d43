package org.skerry.wire;

/**
 * Flags of a grant table entry of version 1.
 *
 * <p>Spec: grant_table.h, GTF_*.
 */
public final class GrantFlags
{
    /** The entry grants nothing. */
    public static final int GTF_INVALID = 0;
    /** The domain may map the frame and copy from or to it. */
    public static final int GTF_PERMIT_ACCESS = 1;
    /** Page transfer, which we do not have. */
    public static final int GTF_ACCEPT_TRANSFER = 2;
    /** Transitive grants, which we do not have. */
    public static final int GTF_TRANSITIVE = 3;
    /** The bits that hold one of the numbers above. */
    public static final int GTF_TYPE_MASK = 3;
    /** For reading only. Written by the granter. */
    public static final int GTF_READONLY = 1 << 2;
    /** The grantee has it mapped. Written by the hypervisor. */
    public static final int GTF_READING = 1 << 3;
    /** The grantee has it mapped for writing. Written by the hypervisor. */
    public static final int GTF_WRITING = 1 << 4;
    /** Cache attribute, of no meaning here. */
    public static final int GTF_PWT = 1 << 5;
    /** Cache attribute, of no meaning here. */
    public static final int GTF_PCD = 1 << 6;
    /** Cache attribute, of no meaning here. */
    public static final int GTF_PAT = 1 << 7;
    /** Of version 2 only: part of a page. */
    public static final int GTF_SUB_PAGE = 1 << 8;

    /** Bytes of an entry. */
    public static final int ENTRY_LENGTH = 8;
    /** Entries in a page of a grant table. */
    public static final int ENTRIES_PER_PAGE = 512;

    private GrantFlags()
    {
    }
}
