"""The oldest versions without holes that are known and would matter here, and what those were.

It stands in where no advisory database can be asked; a law holds the pinned versions to it.
"""

from typing import Final

FLOORS: Final = {
    "authlib": (
        "1.6.11",
        "GHSA-fg6f-75jq-6523 and GHSA-jj8c-mmj3-mmgv: a state that is not bound to the browser; "
        "CVE-2025-61920: credentials of any length; CVE-2026-27962: a key that the caller brings",
    ),
    "flask": (
        "3.1.3",
        "CVE-2026-27205: a cache shares sessions; CVE-2025-47278: key rotation in reverse",
    ),
    "marshmallow": ("4.1.2", "CVE-2025-68480: time grows with the square of the errors"),
    "requests": (
        "2.32.4",
        "CVE-2024-47081: logins from netrc sent to a host of a stranger's choice",
    ),
    "urllib3": (
        "2.7.0",
        "CVE-2026-44431, CVE-2026-44432, CVE-2026-21441, CVE-2025-66418 and CVE-2025-66471: "
        "decompression bombs, and headers that follow a redirect",
    ),
    "werkzeug": (
        "3.0.6",
        "CVE-2024-49767 and CVE-2023-46136: multipart parser; CVE-2024-34069: debugger",
    ),
    "pysqlite3": ("0.6.1", "bundles SQLite 3.51.3 or newer, without the WAL-reset corruption"),
}
