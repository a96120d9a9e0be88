"""Contacts, their identity verifications, and the staff who look after them."""

from connector.catalogue.fields import (
    Boolean,
    Choice,
    Email,
    Id,
    Integer,
    Object,
    Phone,
    Reference,
    Text,
)
from connector.catalogue.schemas.base import (
    Payload,
    StreetAddress,
    created_at,
    metadata,
    updated_at,
)


class Address(StreetAddress):
    """Where a contact lives or works."""

    state = Text("The county or state.", "Somerset", title="County or state", nullable=True)
    country_alpha2 = Text(
        "The country as two letters (ISO 3166).", "GB", title="Country code", nullable=True
    )


class IdentityCheck(Payload):
    """Whether a contact has to prove who they are, and whether they have."""

    required = Boolean("Whether the contact has to prove who they are.", False)
    status = Choice(("not_attempted",), "How far the identity check has come.")


class Contact(Payload):
    """A person or company that rents, or may rent, from the operator."""

    id = Id("contact")
    address = Object(Address, "The contact's postal address.", nullable=True, personal=True)
    company_registration_number = Text(
        "The number under which the company is registered.", "01234567", nullable=True
    )
    created_at = created_at("the contact")
    email = Email(
        "The contact's e-mail address.", "jane.doe@example.com", title="E-mail", personal=True
    )
    full_name = Text("The contact's first and last name.", "Jane Doe", nullable=True, personal=True)
    identity_check = Object(
        IdentityCheck, "Whether the contact has to prove who they are, and whether they have."
    )
    marketing_source = Choice(
        (
            "used_before",
            "recommendation",
            "received_leaflet",
            "seen_building_signs",
            "seen_advert",
            "facebook_marketplace",
            "google_search",
            "other_online_search",
            "social_media",
            "email",
            "radio",
            "other",
        ),
        "How the contact heard about you.",
        "google_search",
        nullable=True,
    )
    metadata = metadata("the contact")
    phone_number = Phone(
        "The contact's phone number, best with the country code.",
        "+447700900123",
        nullable=True,
        personal=True,
    )
    source = Choice(
        (
            "pre_open",
            "incomplete_booking",
            "registered_interest",
            "price_interest",
            "quotation_request",
            "booking",
            "popup",
            "external_enquiry",
            "phone",
            "walkin",
            "import",
            "other",
        ),
        "How the contact came to you.",
        "walkin",
        nullable=True,
    )
    status = Choice(
        ("lead", "customer", "churned"),
        "Whether the contact may rent, rents, or has rented from you.",
        "customer",
        nullable=True,
    )
    stripe_customer_id = Text(
        "Identifies the contact in Stripe.", "cus_Qx4dT7bWn2kLm9", nullable=True
    )
    tax_id = Text("The contact's VAT or tax number.", "GB123456789", nullable=True, personal=True)
    tenancies_count = Integer("How many tenancies the contact has.", 1, title="Number of tenancies")
    type = Choice(
        ("domestic", "company", "student", "charity", "local_authority"),
        "What kind of customer the contact is.",
        "company",
        nullable=True,
    )
    updated_at = updated_at("the contact")
    use_case = Choice(
        ("business_needs", "moving_home", "more_space", "refurb", "travelling", "other"),
        "What the contact needs the space for.",
        "more_space",
        nullable=True,
    )


class IdentityVerification(Payload):
    """One attempt of a contact to prove who they are."""

    id = Id("identity_verification")
    contact = Reference("contact", "The contact who proves who they are.", nullable=True)
    created_at = created_at("the identity verification")
    error_code = Text(
        "Why the verification failed; empty unless it did.", "document_expired", nullable=True
    )
    status = Choice(
        ("processing", "succeeded", "failed", "cancelled"), "How far the verification has come."
    )
    updated_at = updated_at("the identity verification")


class Staff(Payload):
    """A member of the operator's team."""

    id = Id("staff")
    name = Text("The name of the team member.", "John Doe", personal=True)
    email = Email(
        "The e-mail address of the team member.",
        "john.doe@example.com",
        title="E-mail",
        personal=True,
    )
    created_at = created_at("the team member's account")
    updated_at = updated_at("the team member's account")
