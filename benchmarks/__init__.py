"""Unitwire beside what a user would pick instead: the same work, one run, one machine.

    python -m benchmarks end-to-end --systems unitwire,prototype --rounds 3

    workload     the events: 1.6 KB bodies, signed as Stora signs them
    load         sends them: as fast as they are acknowledged, or so many a second
    receiver     the workflow's end: takes POSTs, notes what came when, is slow or down on request
    processes    what runs beside this process: started, killed, its CPU time and memory read
    running      one system on the bench, from its preparation to its end
    systems/     one file for each system: how it is started and what it promises
    apps/        what a user of a peer writes to do the same work with it
    measures/    one file for each question that is asked of the systems
    targets      what the figures must reach     report      figures as tables, ratios beside

Beside these stand scripts with a question of their own: server.py, pages.py, seed.py.
"""
