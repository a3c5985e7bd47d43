"""Does with pyxs what it offers, and prints one line of tab-separated words for each: method, "ok" or what came
instead."""
import os
import threading

import pyxs

PATH = os.environ["XENSTORED_PATH"]


def row(name, check):
    try:
        print(name, "ok" if check() else "failed", sep="\t")
    except Exception as e:
        print(name, "failed, " + repr(e), sep="\t")


def refused(call):
    try:
        call()
        return False
    except pyxs.PyXSError:
        return True


def transact():
    client.transaction()
    client.write(b"/p/tx", b"1")
    client.commit()
    client.transaction()
    client.write(b"/p/tx", b"2")
    client.rollback()
    return client.read(b"/p/tx") == b"1"


def conflict():
    with pyxs.Client(unix_socket_path=PATH) as other:
        client.transaction()
        client.read(b"/p/a")
        client.write(b"/p/b", b"1")
        other.write(b"/p/a", b"other")
        return client.commit() is False


def watch():
    with pyxs.Client(unix_socket_path=PATH) as watcher:
        monitor = watcher.monitor()
        monitor.watch(b"/p", b"token")
        events = monitor.wait()
        first = next(events)
        client.write(b"/p/w", b"1")
        second = next(events)
        monitor.unwatch(b"/p", b"token")
        return (first.path, second.path, second.token) == (b"/p", b"/p/w", b"token")


def writers():
    def work(n):
        with pyxs.Client(unix_socket_path=PATH) as one:
            for i in range(50):
                one.write(b"/p/t%d/%d" % (n, i), b"v")
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return sum(len(client.list(b"/p/t%d" % n)) for n in range(8)) == 400


client = pyxs.Client(unix_socket_path=PATH)
client.connect()
row("connect", lambda: True)
row("write, read", lambda: (client.write(b"/p/a", b"one two"), client.read(b"/p/a"))[1] == b"one two")
row("read with default", lambda: client.read(b"/p/none", b"d") == b"d" and refused(lambda: client.read(b"/p/none")))
row("item access", lambda: client[b"/p/a"] == b"one two")
row("exists", lambda: client.exists(b"/p/a") and not client.exists(b"/p/none"))
row("mkdir", lambda: (client.mkdir(b"/p/dir"), client.read(b"/p/dir"))[1] == b"")
row("list", lambda: sorted(client.list(b"/p")) == [b"a", b"dir"])
row("delete", lambda: (client.delete(b"/p/dir"), not client.exists(b"/p/dir"))[1])
row("set_perms, get_perms", lambda: (client.set_perms(b"/p/a", [b"n0", b"r5"]),
    client.get_perms(b"/p/a"))[1] == [b"n0", b"r5"])
row("walk", lambda: [path for path, _, _ in client.walk(b"/p")][:1] == [b"/p"])
row("transaction, commit, rollback", transact)
row("commit in conflict", conflict)
row("monitor: watch, wait, unwatch", watch)
row("get_domain_path", lambda: client.get_domain_path(9) == b"/local/domain/9")
row("is_domain_introduced", lambda: client.is_domain_introduced(0) and not client.is_domain_introduced(9))
row("release_domain, resume_domain, set_target of none", lambda: refused(lambda: client.release_domain(9)) and
    refused(lambda: client.resume_domain(9)) and refused(lambda: client.set_target(9, 8)))
row("eight clients at once", writers)
client.close()
