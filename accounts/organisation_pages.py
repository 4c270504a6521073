"""What the pages of suppliers and buyers show alike."""

from django.utils.translation import gettext as _

from accounts.organisations import Organisation, OrganisationStatus


def steps(organisation: Organisation) -> list[dict[str, str]]:
    """For the stepper: filled in, handed in, approved."""
    status = organisation.status
    handed_in = not organisation.is_editable
    answered = handed_in and status != OrganisationStatus.PENDING_APPROVAL
    labels = [_("File filled in"), _("Looked at by the ministry"), _outcome(organisation)]
    if not handed_in:
        states = ["current", "todo", "todo"]
    elif not answered:
        states = ["done", "current", "todo"]
    else:
        states = ["done", "done", "done" if organisation.is_approved else "current"]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def _outcome(organisation: Organisation) -> str:
    outcomes = {
        OrganisationStatus.REFUSED: _("Refused"),
        OrganisationStatus.SUSPENDED: _("Suspended"),
        OrganisationStatus.TERMINATED: _("Closed"),
    }
    return outcomes.get(OrganisationStatus(organisation.status), _("Approved"))


def saved_text(*, before: Organisation, after: Organisation) -> str:
    """What to say after an edit: the ministry may have to look again."""
    if before.is_approved and not after.is_approved:
        return _("Saved. The ministry looks at your file again.")
    return _("Saved.")
