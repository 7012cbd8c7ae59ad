"""The countries that the portal knows, by ISO 3166 code. A new country is a new file here and a line below."""

from lookups.jurisdictions.countries import cn, in_, pe
from lookups.jurisdictions.model import Jurisdiction

ALL: dict[str, Jurisdiction] = {country.code: country for country in (cn.RULES, in_.RULES, pe.RULES)}
