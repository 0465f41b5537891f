"""Names that stand for patients, studies and days: the same under the same key, and none without it.

All are made by HMAC-SHA256 (RFC 2104): who has the key can make a pseudonym again from the original; nobody
can make the original from the pseudonym.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ius_vision.errors import BadUsage

KEY_BYTES = 32
FEWEST_HEX_DIGITS = 32
MOST_DAYS = 3650
PSEUDONYM_DIGITS = 12
DAY = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
REST_OF_MOMENT = re.compile(r"[0-9.]*([+\-][0-9]{4})?$")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes pseudonyms under a secret key."""

    key: bytes = field(repr=False)

    def patient(self, patient_id: str) -> str:
        """What stands for a patient: `P-` and twelve hexadecimal digits."""
        return f"P-{self._digest('patient', patient_id.strip()).hex()[:PSEUDONYM_DIGITS].upper()}"

    def uid(self, uid: str) -> str:
        """What stands for a UID: one of the UUID form (PS3.5 B.2)."""
        return f"2.25.{int.from_bytes(self._digest('uid', uid.strip())[:16])}"

    def days(self, patient_id: str) -> int:
        """By how many days every date of a patient is moved into the past, 1 to 3650."""
        return 1 + int.from_bytes(self._digest("days", patient_id.strip())[:8]) % MOST_DAYS

    def day(self, text: str, patient_id: str) -> str:
        """A date moved, YYYYMMDD; empty where the text does not begin with a date that there is."""
        found = DAY.match(text.strip())
        try:
            day = date(*(int(part) for part in found.groups())) if found else None
            return "" if day is None else (day - timedelta(days=self.days(patient_id))).strftime("%4Y%m%d")
        except (ValueError, OverflowError):
            return ""

    def moment(self, text: str, patient_id: str) -> str:
        """A date and time (DT) moved by whole days; empty where its day is not written out."""
        day = self.day(text, patient_id)
        return day and day + (REST_OF_MOMENT.match(text.strip(), 8) or [""])[0]

    def code(self, kind: str, text: str) -> str:
        """Twelve hexadecimal digits for anything else, such as a file that belongs to nobody."""
        return self._digest(kind, text).hex()[:PSEUDONYM_DIGITS]

    def _digest(self, kind: str, text: str) -> bytes:
        said = f"{kind}\0{text}".encode("utf-8", "backslashreplace")
        return hmac.new(self.key, said, hashlib.sha256).digest()


def read_key(path: Path, out: Path) -> Pseudonyms:
    """Read the key of a project, or make one where there is no such file yet.

    Parameters
    ----------
    path : the key's file, one line of hexadecimal digits; made readable for its owner only.
    out : the folder that will be given away.

    Raises
    ------
    BadUsage
        `bad_key`: the file holds no key, cannot be read or made, or lies in the folder to be given away.
    """
    if out.resolve() in path.resolve().parents:
        said = f"the key would lie in {out}, which is given away"
        raise BadUsage("bad_key", said, "--key", "Keep it elsewhere")
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "it is not a line of hexadecimal digits"
        raise BadUsage("bad_key", f"the key cannot be used ({said})", str(path), "Name a new file") from error
    if len(text) < FEWEST_HEX_DIGITS:
        raise BadUsage(
            "bad_key", f"the key has {len(text)} digits, at least {FEWEST_HEX_DIGITS} are needed", str(path)
        )
    return Pseudonyms(key)
