"""The code base as a whole keeps its own rules: those that a linter does not know."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from portal.console import site

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, also those that are about to be added to it."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in sorted(listed.stdout.split("\0")) if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [file for file in tracked(*(f"{folder}/*.py" for folder in folders)) if "migrations" not in file.parts]


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    """Where a pattern stands, as file:line."""
    wanted = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if wanted.search(line)
    ]


def nodes(files: list[Path], *kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


# Python ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_left_for_later() -> None:
    words = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
    assert lines_with(rf"\b({words})\b", [*python_files("lookups", "portal", "tests"), *tracked("templates/*")]) == []


def test_nothing_is_not_implemented_but_what_subclasses_bring() -> None:
    raised = lines_with(r"\bNotImplemented", python_files("lookups", "portal"))
    assert [where.partition(":")[0] for where in raised] == ["lookups/identity/models.py"]


def test_only_the_doorbell_rings() -> None:
    """A task that is started anywhere else would get lost with the broker, or run before the commit."""
    found = lines_with(
        r"\.(apply_async|send_task|si|retry)\(|\bsignature\(|countdown=|\beta=", python_files("lookups", "portal")
    )
    assert [where.partition(":")[0] for where in found] == ["lookups/outbox/doorbell.py"]
    tasks = "|".join(
        name.name
        for file in python_files("lookups")
        if file.name == "tasks.py"
        for name in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(name, ast.FunctionDef) and name.decorator_list
    )
    assert lines_with(rf"\b({tasks})\.(delay|s)\(", python_files("lookups", "portal")) == []


def test_no_import_inside_a_function() -> None:
    functions = nodes(python_files("lookups", "portal", "tests"), ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        where
        for where, function in functions
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert found == []


def test_no_signals_in_the_domain() -> None:
    assert lines_with(r"django\.(db\.models\.|core\.)?signals|@receiver|\bpost_save\b|\bpre_save\.", domain()) == []


def test_no_logic_in_save() -> None:
    methods = [
        where
        for where, node in nodes(domain(), ast.FunctionDef)
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}
        if node.args.args and node.args.args[0].arg == "self"
    ]
    assert methods == []


def test_one_writer_of_states() -> None:
    """``moves.move`` is the only place where a dispute's state is set (promise 4)."""
    found = lines_with(r"\bdispute\.state\s*=[^=]|\bstate=State\.", python_files("lookups"))
    assert {where.partition(":")[0] for where in found} <= {"lookups/disputes/moves.py"}


def test_every_module_says_what_it_is_for() -> None:
    files = [*python_files("lookups", "portal", "tests"), ROOT / "manage.py"]
    silent = [
        str(file.relative_to(ROOT))
        for file in files
        if (text := file.read_text(encoding="utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_no_file_is_too_long() -> None:
    files = [*python_files("lookups", "portal", "tests"), *tracked("templates/*", "Makefile")]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_settings_name_no_secret() -> None:
    assert lines_with(r"(SECRET|PASSWORD|TOKEN)\w*\s*=\s*[\"'][^\"']+[\"']", [ROOT / "portal" / "settings.py"]) == []


def test_every_page_of_the_console_is_registered() -> None:
    brought = {}
    for config in apps.get_app_configs():
        if config.name.startswith("lookups.") and (ROOT / config.name.replace(".", "/") / "admin.py").exists():
            room = importlib.import_module(f"{config.name}.admin")
            brought |= dict(room.PAGES)
    assert brought
    assert {model: type(site.get_model_admin(model)) for model in brought} == brought
    assert set(site._registry) == set(brought)


def domain() -> list[Path]:
    return python_files("lookups")


# The repository -------------------------------------------------------------------------------------------------------


def text_files() -> list[Path]:
    return [file for file in tracked() if file.suffix not in {".png", ".ico", ".woff2", ".mo", ".gz"}]


def test_no_path_of_somebodys_machine() -> None:
    folders = "|".join(["wo" + "rk", "ho" + "me/[a-z]", "ro" + "ot", "Us" + "ers"])
    assert lines_with(rf"(?<![\w.}}])/({folders})/", text_files()) == []


def test_nothing_is_written_to_the_machines_folder_for_everybody() -> None:
    assert lines_with(r"[\"'= ]/t" + r"mp\b", [*python_files("lookups", "portal", "tests"), ROOT / "Makefile"]) == []


def test_no_package_registry_is_named() -> None:
    hosts = "|".join(["py" + r"pi\.org", "python" + "hosted", "np" + r"mjs", "index-" + "url=", "extra-" + "index"])
    assert lines_with(rf"({hosts})", text_files()) == []


# Templates ------------------------------------------------------------------------------------------------------------


def templates() -> list[Path]:
    return tracked("templates/*.html")


def test_templates_ask_the_object_for_its_state() -> None:
    compared = r"{%\s*(el)?if[^%]*\b(state|status|outcome|decided_by|role)\s*(==|!=|in\b|not in\b)"
    assert lines_with(compared, tracked("templates/*")) == []


def test_templates_hold_no_style_and_no_script() -> None:
    inline = r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:"
    assert lines_with(inline, templates()) == []


def test_templates_name_no_other_host() -> None:
    found = lines_with(r"(src|href|action)=\"(https?:)?//", templates())
    assert found == []


_CODE = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%\s*blocktranslate.*?endblocktranslate\s*%}", re.DOTALL)
_WORDS_FOR_PEOPLE = re.compile(r"""\b(?:aria-label|alt|placeholder|title|content)="([^"{]*[A-Za-z]{3}[^"{]*)\"""")
_SAID_BY_MACHINES = re.compile(r"^(width=device-width|light dark|telephone=no)")


@pytest.mark.parametrize("template", templates(), ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_every_word_of_a_template_can_be_translated(template: Path) -> None:
    text = _CODE.sub("", template.read_text(encoding="utf-8"))
    attributes = [words for words in _WORDS_FOR_PEOPLE.findall(text) if not _SAID_BY_MACHINES.match(words)]
    bare = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    bare = re.sub(r"<!--.*?-->|<[^>]*>|&\w+;", " ", bare, flags=re.DOTALL)
    assert [*attributes, *re.findall(r"[^\W\d_]{2,}", bare)] == []
