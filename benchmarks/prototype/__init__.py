"""The ceiling: Unitwire's own engines, and nothing of the product.

    python -m benchmarks.prototype web DATABASE PORT         # threads: Flask takes the webhooks
    python -m benchmarks.prototype dispatch DATABASE TARGET

    web         uvicorn and the intake take a webhook on the event loop; its signature is checked
                and its JSON read once, by orjson; one writer commits what waits
    store       one durable SQLite transaction for many events, many rows in one statement
    dispatch    a second process is woken, claims in batches, and writes what came of it in one
                transaction
    wire        its POSTs, with pycurl's multi interface

There is no retry schedule, no target guard, no signature on what goes out, no filter, no log of
answers, no tenant. So no product that keeps its promises on these engines can be faster.
"""
