"""Client of the Attention Training Camp. Begin with `Camp` or `Camp.sign_in`."""

from attention_camp.camp import AttentionResult, Camp
from attention_camp.documents import Batch, Job, JobError
from attention_camp.errors import (
    CampError,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    JobFailed,
    NotFound,
    NotSignedIn,
    QuotaUsedUp,
    RateLimited,
    TooMuchWork,
    Unavailable,
)
from attention_camp.events import Event

__all__ = [
    "AttentionResult",
    "Batch",
    "Camp",
    "CampError",
    "Conflict",
    "Event",
    "Fault",
    "Forbidden",
    "Invalid",
    "Job",
    "JobError",
    "JobFailed",
    "NotFound",
    "NotSignedIn",
    "QuotaUsedUp",
    "RateLimited",
    "TooMuchWork",
    "Unavailable",
]
