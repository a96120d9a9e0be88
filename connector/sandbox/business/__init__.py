"""A self-storage business behind each operator: whatever Stora knows of it.

kinds       what there is, and how an empty document looks
books       reading and writing it: every write tells its events
contacts, deals, work, orders, offers, units, renting, billing, pricing
            one neighbourhood each: what may be done, what follows, what is refused
bodies      what a body may say
listings, expand, papers
            lists, relations written out, PDFs
writes      every write of the public API, one row each
plays       every thing that only people do, one row each
routes      the public API
seeds       the business that an operator begins with
"""
