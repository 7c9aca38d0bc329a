"""Every kind of problem that a program can be answered with: its code, status, meaning, and what to do.

`type` in a problem document is `urn:camp:problem:<code>`. Clients compare it, so a code never changes; titles may.
The reference page, the schema and a test are made from this list.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

URN = "urn:camp:problem:"


@dataclass(frozen=True)
class ProblemType:
    """`is_general`: meant when nothing more exact is known than the status."""

    code: str
    status: int
    title: Promise
    meaning: Promise
    advice: Promise
    is_general: bool = False

    @property
    def urn(self) -> str:
        return URN + self.code


_ALL = (
    ProblemType(
        "bad-request",
        400,
        _("Bad request"),
        _("The request could not be read."),
        _("Check the address, the headers and how the body is encoded."),
        is_general=True,
    ),
    ProblemType(
        "invalid",
        400,
        _("Invalid"),
        _("A field, a filter or a header breaks a rule; errors names each place."),
        _("Correct each place that errors points to, then send it again."),
    ),
    ProblemType(
        "malformed",
        400,
        _("Malformed"),
        _("The body is not the JSON or the form that this address reads."),
        _("Send UTF-8 JSON with each key once, or a form with its fields once."),
    ),
    ProblemType(
        "unauthorized",
        401,
        _("Not signed in"),
        _("There are no credentials, or they are wrong, revoked or expired."),
        _("Send Authorization: Token … with a living token, or sign in."),
        is_general=True,
    ),
    ProblemType(
        "wrong-credentials",
        401,
        _("Wrong name or password"),
        _("No account has this name and password."),
        _("Check both. Too many tries are refused for a while."),
    ),
    ProblemType(
        "forbidden",
        403,
        _("Not allowed"),
        _("You are known, but this is not open to you; or a call by cookie came without its CSRF token."),
        _("With the session cookie, send X-CSRFToken too. Otherwise ask whoever runs the camp."),
        is_general=True,
    ),
    ProblemType(
        "scope",
        403,
        _("Scope missing"),
        _("The token is sound but lacks the scope that this call needs."),
        _("Make a token with the scope that detail names."),
    ),
    ProblemType(
        "mfa-required",
        403,
        _("Second factor on"),
        _("The account has a second factor, which this call cannot ask for."),
        _("Sign in on the pages and make the token on the account page."),
    ),
    ProblemType(
        "email-unverified",
        403,
        _("E-mail not verified"),
        _("This camp asks for a verified e-mail, and the account has none."),
        _("Follow the link in the mail, then ask again."),
    ),
    ProblemType(
        "not-found",
        404,
        _("Not found"),
        _("There is nothing here, or it belongs to someone else; the two look the same."),
        _("Check the address, and whose token you send."),
        is_general=True,
    ),
    ProblemType(
        "method-not-allowed",
        405,
        _("Method not allowed"),
        _("This address does not answer that kind of request."),
        _("Use a method that the header Allow lists."),
        is_general=True,
    ),
    ProblemType(
        "not-acceptable",
        406,
        _("Format not offered"),
        _("None of the formats that Accept asks for is offered here."),
        _("Ask for a format that the reference lists for this call."),
        is_general=True,
    ),
    ProblemType(
        "not-finished",
        409,
        _("Not finished"),
        _("The job is waiting or running, so it has no result yet."),
        _("Ask with ?wait=, or follow the job's events."),
    ),
    ProblemType(
        "no-result",
        409,
        _("Ended without a result"),
        _("The job failed or was cancelled; error says why."),
        _("Act on error.code, then submit a new job."),
    ),
    ProblemType(
        "ended",
        409,
        _("Already ended"),
        _("The job has succeeded, so it cannot be cancelled."),
        _("Fetch its result."),
    ),
    ProblemType(
        "submitted",
        409,
        _("Handed in already"),
        _("The attempt has been handed in, so its answers cannot be changed."),
        _("Look at its result, or start another attempt."),
    ),
    ProblemType(
        "attempts-used-up",
        409,
        _("Attempts used up"),
        _("This quiz may be taken only so often, and you have had all of its attempts."),
        _("Look at your results; a new attempt is only possible once an instructor allows more."),
    ),
    ProblemType(
        "pre-test-first",
        409,
        _("Pre-test first"),
        _("The post-test is for those who have handed in the pre-test: a gain needs a score before."),
        _("Start an attempt at the quiz pre-test and hand it in."),
    ),
    ProblemType(
        "idempotency-key-reused",
        409,
        _("Key used for other work"),
        _("This Idempotency-Key came before with another body."),
        _("Make a new key for each new piece of work."),
    ),
    ProblemType(
        "idempotency-key-spent",
        410,
        _("Key of something deleted"),
        _("What this Idempotency-Key made has been deleted."),
        _("To do the work again, send a new key."),
    ),
    ProblemType(
        "too-large",
        413,
        _("Too large"),
        _("The body or the file is larger than this address accepts."),
        _("Send less; the limits of a task are in the list of tasks."),
        is_general=True,
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        _("Content type not read"),
        _("This address does not read bodies of that Content-Type."),
        _("Send application/json, or multipart/form-data where a file is taken."),
        is_general=True,
    ),
    ProblemType(
        "too-much-work",
        422,
        _("Too much work"),
        _("The input is sound but costs more than the limit; number and limit say how much."),
        _("Shorten the input or use fewer heads."),
    ),
    ProblemType(
        "quota",
        422,
        _("Quota used up"),
        _("You may not submit so many jobs; limit says how many."),
        _("Wait for the next day, or for jobs under way to end."),
    ),
    ProblemType(
        "too-many-requests",
        429,
        _("Too many requests"),
        _("You ask more often than is allowed."),
        _("Wait as many seconds as Retry-After says."),
        is_general=True,
    ),
    ProblemType(
        "too-many-guesses",
        429,
        _("Too many wrong passwords"),
        _("The password was not looked at: too many were wrong for this account or from this address."),
        _("Wait as many seconds as Retry-After says, or reset the password."),
    ),
    ProblemType(
        "streams",
        429,
        _("Too many event streams"),
        _("You hold open as many event streams as is allowed."),
        _("Close one, or wait as many seconds as Retry-After says."),
    ),
    ProblemType(
        "headers-too-large",
        431,
        _("Headers too large"),
        _("The address and the headers together are longer than is read."),
        _("Send shorter or fewer of them; cookies count too."),
        is_general=True,
    ),
    ProblemType(
        "internal-server-error",
        500,
        _("Something broke"),
        _("The fault is ours and has been logged. Nothing you saved is lost."),
        _("Try again; if it lasts, tell whoever runs the camp the X-Request-ID."),
        is_general=True,
    ),
    ProblemType(
        "service-unavailable",
        503,
        _("Not available just now"),
        _("A part of the camp is restarting. Nothing is lost; try again in a moment."),
        _("Wait as many seconds as Retry-After says. With an Idempotency-Key nothing is done twice."),
        is_general=True,
    ),
)
CATALOGUE = {kind.code: kind for kind in _ALL}
_GENERAL = {kind.status: kind for kind in _ALL if kind.is_general}


def of(status: int, code: str | None = None) -> ProblemType:
    """The kind called `code`; without it, or when it is none of this status, what is meant by the status alone."""
    named = CATALOGUE.get(code) if code else None
    if named is not None and named.status == status:
        return named
    return _GENERAL.get(status) or _GENERAL[400 if status < 500 else 500]
