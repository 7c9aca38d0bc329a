"""One command that runs the whole camp: Redis, two workers, the schedule and the web server.

`plan` says what runs, `supervisor` keeps it running, `child` is one running program, `rundir` holds the lock, the
pid files and the socket, `console` prints, `probes` asks whether things answer, `leftovers` ends what a killed
supervisor left behind, `deathsig` ties a process's life to its parent's.
"""
