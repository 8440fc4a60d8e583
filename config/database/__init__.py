"""The database that Keeptab brings along: a PostgreSQL server of its own, where none is named.

`ENGINE = "config.database"` is Django's PostgreSQL backend with one difference: before a process
first connects, it makes sure that the server in `OPTIONS["cluster"]` runs. The server listens on a
Unix socket only and knows no password: the operating system says who connects, and only the owner
of the folder and root may.

Who starts and who stops it:
    Every process that uses the server holds a shared lock on `users.lock`. A tiny process, the
    keeper, starts the server as its child and waits for the exclusive lock; once it has it, nobody
    uses the server any more, and the keeper stops it. The server and all that it forks hold
    `server.lock`, which is how others know that it lives; `start.lock` lets one process start it
    at a time. The kernel drops such locks however a process ends: no list of process ids goes
    stale, neither after SIGKILL nor in a restarted container.

When root runs it:
    PostgreSQL refuses to be root. The server then runs as `nobody` (or as the owner of the folder,
    if that is somebody else), who owns the data. It enters its data as the working directory that
    it is given, so the folders above (a home of mode 0700, say) stay closed. Where it cannot reach
    the programs, it gets a copy in /var/lib/keeptab. No existing permission is ever changed.
"""
