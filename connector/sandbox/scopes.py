"""The scopes Stora has, each with what it lets a caller do (Stora page: guides/authorization)."""

_READ_ONLY = (
    "access_token",
    "application",
    "contract",
    "contract_template",
    "coupon",
    "credit_note",
    "deal_stage",
    "identity_verification",
    "invoice",
    "product_category",
    "site",
    "staff",
    "subscription",
    "tenancy",
    "timeline_source",
    "timeline_template",
    "unit_allocation",
)
_READ_AND_WRITE = (
    "contact",
    "deal",
    "note",
    "order",
    "product",
    "protection_level",
    "task",
    "timeline_event",
    "unit",
    "unit_type",
    "webhook_endpoint",
)

SCOPES = tuple(
    sorted(
        [f"public.{name}:read" for name in _READ_ONLY + _READ_AND_WRITE]
        + [f"public.{name}:write" for name in _READ_AND_WRITE]
    )
)


def describe_scope(scope: str) -> str:
    """Say in words what `scope` allows: `public.contact:write` is "Manage contacts"."""
    name, _, right = scope.removeprefix("public.").partition(":")
    words = name.replace("_", " ")
    plural = {
        "staff": "staff",
        "deal stage": "deal stages",
        "product category": "product categories",
        "tenancy": "tenancies",
    }.get(words, f"{words}s")
    return f"{'Manage' if right == 'write' else 'Read'} {plural}"


def split_scopes(text: str) -> list[str]:
    """Return the scopes in a space-separated list (RFC 6749 section 3.3), each once, in order."""
    return list(dict.fromkeys(text.split()))
