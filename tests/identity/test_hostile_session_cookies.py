"""A session cookie that no portal has made is nobody's session, and no error."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

# In quotes, "\\000" is how a cookie writes the character NUL.
KEYS = ['"\\000aaaaaaaaaaaaaaaaaaaa"', "' OR session_key <> '", "x" * 5000, "ÿ" * 40, "a" * 32]


@pytest.mark.parametrize("key", KEYS)
def test_whoever_brings_it_is_asked_to_sign_in(key: str) -> None:
    answer = Client(headers={"cookie": f"__Host-session={key}"}).get(reverse("overview:numbers"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("identity:sign_in"))
