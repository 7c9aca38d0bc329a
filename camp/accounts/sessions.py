"""Sessions in the database, by the hash of their cookie: a stolen dump signs nobody in.

Each row also says whose it is and when it was last used, for the list on the account page.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from camp.passing_writes import passing_write

SEEN_AGAIN_AFTER = timedelta(minutes=10)  # a write a request would cost more than the list is worth
AGENT, OPENED = "user_agent", "opened_at"  # in the session's data, since each save writes the row anew


def hashed(session_key: str | None) -> str:
    """What stands in the database for a cookie. Keys are random, 165 bits: a plain hash cannot be searched."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


def opened(request: HttpRequest) -> None:
    """Note when and by which browser the session was begun."""
    request.session[OPENED] = timezone.now().isoformat()
    request.session[AGENT] = request.headers.get("User-Agent", "")


class SessionStore(DatabaseStore):
    """Django's, with the key hashed wherever it meets the database.

    Its asynchronous twins are left as they are: they look for the key itself, and so find nothing. The camp reads
    sessions in threads.
    """

    @classmethod
    def get_model_class(cls) -> Any:
        from camp.accounts.models import Session

        return Session

    def _get_session_from_db(self) -> Any:
        row: Any = self.model.objects.filter(
            session_key=hashed(self.session_key), expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        elif row.last_seen_at < timezone.now() - SEEN_AGAIN_AFTER:
            # By query: the row may have been ended from elsewhere since it was read.
            same = self.get_model_class().objects.filter(pk=row.pk)
            passing_write("session_seen", lambda: same.update(last_seen_at=timezone.now()))
        return row

    def exists(self, session_key: str) -> bool:
        return bool(super().exists(hashed(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        data.setdefault(OPENED, timezone.now().isoformat())
        row: Any = super().create_model_instance(data)
        row.session_key = hashed(row.session_key)
        row.user_id = data.get("_auth_user_id")
        row.user_agent = str(data.get(AGENT, ""))[:200]
        row.created_at = parse_datetime(data[OPENED])
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=hashed(key)).delete()
