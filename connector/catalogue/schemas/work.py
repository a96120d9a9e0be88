"""What the team writes down and does: notes, tasks, and what others add to the timeline."""

from connector.catalogue.fields import (
    Boolean,
    Choice,
    DateTime,
    Id,
    List,
    LongText,
    Object,
    Reference,
    Text,
    Url,
    Variables,
)
from connector.catalogue.schemas.base import (
    Payload,
    created_at,
    creator,
    metadata,
    spelled,
    updated_at,
)


class Note(Payload):
    """Something the team wants to remember."""

    id = Id("note")
    content = LongText("What the note says.", "Called about a larger unit.", personal=True)
    created_at = created_at("the note")
    creator = creator("the note")
    metadata = metadata("the note")
    resource = Reference(
        ("contact", "unit", "subscription", "task"),
        "What the note is about.",
        title="About",
        nullable=True,
    )
    updated_at = updated_at("the note")


class Task(Payload):
    """Something the team has to do."""

    id = Id("task")
    assignee = Reference("staff", "The team member who has to do it.", nullable=True)
    completed_at = DateTime(
        "When it was done; empty until then.", "2025-02-22T14:41:00Z", nullable=True
    )
    created_at = created_at("the task")
    creator = creator("the task")
    description = LongText(
        "What is to be done; it may contain HTML.",
        "Offer the 100 sq ft unit on the first floor.",
        nullable=True,
        personal=True,
    )
    due_at = DateTime("By when it has to be done.", "2025-02-27T17:00:00Z", nullable=True)
    metadata = metadata("the task")
    resource = Reference(
        ("contact", "unit"), "What the task is about.", title="About", nullable=True
    )
    site = Reference("site", "The site where it has to be done.", nullable=True)
    status = Choice(("open", "completed"), "Whether it is still to be done.")
    title = Text(
        "What is to be done, in a few words.",
        "Call Jane Doe back",
        title="Task title",
        personal=True,
    )
    updated_at = updated_at("the task")


class External(Payload):
    """The same thing in another system."""

    id = Text("Its id in the other system.", "deal_98442", title="External ID", nullable=True)
    url = Url(
        "Its page in the other system.",
        "https://crm.example.com/deals/98442",
        title="External URL",
        nullable=True,
    )


class TimelineEvent(Payload):
    """An entry that another system made in the operator's timeline."""

    id = Id("timeline_event")
    contact = Reference("contact", "The contact it is about.", nullable=True)
    created_at = created_at("the entry")
    creator = creator("the entry")
    description = LongText(
        "What happened.", "Deal moved to Negotiation", nullable=True, personal=True
    )
    external = Object(External, "The same thing in the other system.", nullable=True)
    invoice = Reference("invoice", "The invoice it is about.", nullable=True)
    site = Reference("site", "The site it is about.", nullable=True)
    source = Reference("timeline_source", "The system that made the entry.", nullable=True)
    subscription = Reference("subscription", "The subscription it is about.", nullable=True)
    template = Reference("timeline_template", "The sentence it is shown as.", nullable=True)
    tenancy = Reference("tenancy", "The tenancy it is about.", nullable=True)
    unit = Reference("unit", "The unit it is about.", nullable=True)
    unit_type = Reference("unit_type", "The unit type it is about.", nullable=True)
    updated_at = updated_at("the entry")
    variables = Variables(
        "What is filled into the template's gaps.", {"campaign_name": "Spring offer"}, nullable=True
    )


class TemplateVariables(Payload):
    """The gaps in a template."""

    custom = List(Text("One gap.", "campaign_name"), "Gaps that any text can fill.")
    predefined = List(Text("One gap.", "contact"), "Gaps that an object of Stora fills.")


class TimelineTemplate(Payload):
    """The sentence that a timeline entry is shown as."""

    id = Id("timeline_template")
    name = Text("What the template is called.", "Sent Campaign", title="Template name")
    global_ = Boolean("Whether every operator has it.", True, **spelled("global"))
    message = LongText(
        "The sentence, with gaps in the Liquid language.", "sent campaign '{{ campaign_name }}'."
    )
    variables = Object(TemplateVariables, "The gaps in the sentence.")
    created_at = created_at("the template")
    updated_at = updated_at("the template")


class TimelineSource(Payload):
    """A system that makes timeline entries."""

    id = Id("timeline_source")
    name = Text("What the system is called.", "My CRM", title="Source name")
    global_ = Boolean("Whether every operator has it.", False, **spelled("global"))
    website_url = Url("Its website.", "https://my-crm.example.com", title="Website", nullable=True)
    created_at = created_at("the source")
    updated_at = updated_at("the source")
