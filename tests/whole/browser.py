"""A browser without JavaScript: cookies, forms with their hidden token, no redirect followed unless asked."""

import http.client
import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Page:
    status: int
    headers: dict[str, str]  # names in lower case
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def found(self, pattern: str) -> str:
        """The first group of a pattern that has to be there."""
        match = re.search(pattern, self.text, re.DOTALL)
        assert match, f"{pattern} is not on the page (status {self.status})"
        return match[1].strip()


@dataclass
class Browser:
    """``seen`` is every address asked for and every address we were sent to."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    _token: str = ""

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, **fields: str) -> Page:
        """Sends the token of the last page that had a form."""
        body = urlencode({"csrfmiddlewaretoken": self._token, **fields})
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, name: str, content: bytes) -> Page:
        """Open a page and send its form with one file."""
        assert self.get(path).status == 200, path
        edge = "a2f9c41b77"
        token = f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self._token}\r\n'
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = f"{token}{head}".encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def send(self, method: str, path: str, body: str, **headers: str) -> Page:
        """A request of a machine's."""
        return self._ask(method, path, body, headers)

    def fill(self, path: str, **fields: str) -> Page:
        """Open a page and send its form."""
        assert self.get(path).status == 200, path
        return self.post(path, **fields)

    def _ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> Page:
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            connection.request(method, path, body, {**(headers or {}), **(cookies if self.cookies else {})})
            answer = connection.getresponse()
            raw, names = answer.read(), answer.getheaders()
        finally:
            connection.close()
        for name, value in names:
            if name.lower() == "set-cookie":
                self._keep(value)
        page = Page(answer.status, {name.lower(): value for name, value in names}, raw.decode(errors="replace"))
        self.seen += [path, page.location]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        self._token = token[1] if token else self._token
        return page

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
