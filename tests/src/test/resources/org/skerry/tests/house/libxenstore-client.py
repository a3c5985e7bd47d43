"""Calls libxenstore's functions, as any C program does, and prints one line of tab-separated words for each: function,
"ok" or what came instead."""
import ctypes
import errno
import os
import sys

lib = ctypes.CDLL("libxenstore.so.4", use_errno=True)
P, I, S, U = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
COUNT = ctypes.POINTER(ctypes.c_uint)


class Perm(ctypes.Structure):
    _fields_ = [("id", U), ("perms", I)]


def function(name, result, *arguments):
    f = getattr(lib, name)
    f.restype, f.argtypes = result, arguments
    return f


xs_open = function("xs_open", P, ctypes.c_ulong)
xs_close = function("xs_close", None, P)
xs_read = function("xs_read", P, P, U, S, COUNT)
xs_write = function("xs_write", ctypes.c_bool, P, U, S, S, U)
xs_mkdir = function("xs_mkdir", ctypes.c_bool, P, U, S)
xs_rm = function("xs_rm", ctypes.c_bool, P, U, S)
xs_directory = function("xs_directory", ctypes.POINTER(S), P, U, S, COUNT)
xs_get_permissions = function("xs_get_permissions", ctypes.POINTER(Perm), P, U, S, COUNT)
xs_set_permissions = function("xs_set_permissions", ctypes.c_bool, P, U, S, ctypes.POINTER(Perm), U)
xs_watch = function("xs_watch", ctypes.c_bool, P, S, S)
xs_unwatch = function("xs_unwatch", ctypes.c_bool, P, S, S)
xs_read_watch = function("xs_read_watch", ctypes.POINTER(S), P, COUNT)
xs_check_watch = function("xs_check_watch", ctypes.POINTER(S), P)
xs_fileno = function("xs_fileno", I, P)
xs_transaction_start = function("xs_transaction_start", U, P)
xs_transaction_end = function("xs_transaction_end", ctypes.c_bool, P, U, ctypes.c_bool)
xs_get_domain_path = function("xs_get_domain_path", P, P, U)
xs_is_domain_introduced = function("xs_is_domain_introduced", ctypes.c_bool, P, U)
xs_release_domain = function("xs_release_domain", ctypes.c_bool, P, U)
xs_resume_domain = function("xs_resume_domain", ctypes.c_bool, P, U)
xs_set_target = function("xs_set_target", ctypes.c_bool, P, U, U)
xs_control_command = function("xs_control_command", P, P, S, P, U)


def read(path, tx=0):
    length = U()
    value = xs_read(xs, tx, path, ctypes.byref(length))
    return ctypes.string_at(value, length.value) if value else None


def names(path):
    count = U()
    entries = xs_directory(xs, 0, path, ctypes.byref(count))
    return [entries[i] for i in range(count.value)] if entries else None


def failed(result, expected):
    return not result and ctypes.get_errno() == expected


def row(name, result):
    print(name, "ok" if result else "failed, errno " + errno.errorcode.get(ctypes.get_errno(), "0"), sep="\t")


xs = xs_open(0)
row("xs_open", xs)
if not xs:
    sys.exit(1)
large = bytes(range(256)) * 15
row("xs_write", xs_write(xs, 0, b"/l/a", b"one", 3) and xs_write(xs, 0, b"/l/large", large, len(large)))
row("xs_read", read(b"/l/a") == b"one" and read(b"/l/large") == large and failed(read(b"/l/none"), errno.ENOENT))
row("xs_mkdir", xs_mkdir(xs, 0, b"/l/dir") and xs_mkdir(xs, 0, b"/l/dir") and read(b"/l/dir") == b"")
row("xs_directory", sorted(names(b"/l")) == [b"a", b"dir", b"large"] and names(b"/l/dir") == [])
for i in range(1500):
    xs_write(xs, 0, b"/many/child-%d" % i, b"", 0)
row("xs_directory of 1,500 children", len(names(b"/many")) == 1500)
perms = (Perm * 3)(Perm(0, 0), Perm(5, 1), Perm(7, 3))
count = U()
row("xs_set_permissions", xs_set_permissions(xs, 0, b"/l/a", perms, 3))
got = xs_get_permissions(xs, 0, b"/l/a", ctypes.byref(count))
row("xs_get_permissions", got and [(got[i].id, got[i].perms) for i in range(count.value)] == [(0, 0), (5, 1), (7, 3)])
tx = xs_transaction_start(xs)
row("xs_transaction_start", tx)
xs_write(xs, tx, b"/l/tx", b"1", 1)
row("xs_transaction_end, commit", read(b"/l/tx") is None and xs_transaction_end(xs, tx, False) and read(b"/l/tx") == b"1")
tx = xs_transaction_start(xs)
read(b"/l/a", tx)
xs_write(xs, tx, b"/l/tx", b"2", 1)
xs_write(xs, 0, b"/l/a", b"two", 3)
row("xs_transaction_end, conflict", failed(xs_transaction_end(xs, tx, False), errno.EAGAIN) and read(b"/l/tx") == b"1")
tx = xs_transaction_start(xs)
xs_rm(xs, tx, b"/l")
row("xs_transaction_end, abort", xs_transaction_end(xs, tx, True) and read(b"/l/a") == b"two")
row("xs_watch", xs_watch(xs, b"/l", b"token"))
first = xs_read_watch(xs, ctypes.byref(count))
row("xs_read_watch", (first[0], first[1]) == (b"/l", b"token"))
xs_write(xs, 0, b"/l/w", b"", 0)
event = xs_read_watch(xs, ctypes.byref(count))
row("xs_read_watch, event below", (event[0], event[1]) == (b"/l/w", b"token"))
row("xs_check_watch", xs_fileno(xs) >= 0 and failed(xs_check_watch(xs), errno.EAGAIN))
row("xs_unwatch", xs_unwatch(xs, b"/l", b"token") and failed(xs_unwatch(xs, b"/l", b"token"), errno.ENOENT))
row("xs_rm", xs_rm(xs, 0, b"/l/w") and read(b"/l/w") is None and xs_rm(xs, 0, b"/l/w"))
row("xs_get_domain_path", ctypes.string_at(xs_get_domain_path(xs, 17)) == b"/local/domain/17")
row("xs_is_domain_introduced", xs_is_domain_introduced(xs, 0) and not xs_is_domain_introduced(xs, 17))
row("xs_release_domain of none", failed(xs_release_domain(xs, 17), errno.ENOENT))
row("xs_resume_domain of none", failed(xs_resume_domain(xs, 17), errno.ENOENT))
row("xs_set_target of none", failed(xs_set_target(xs, 17, 18), errno.ENOENT))
answer = xs_control_command(xs, b"check", None, 0)
row("xs_control_command", answer and ctypes.string_at(answer) == b"OK")
row("paths that are none", failed(read(b"//"), errno.EINVAL) and failed(read(b"/a b"), errno.EINVAL))
xs_close(xs)
row("xs_close", True)
