"""Refuse words that the project has plainer ones for, in names and in the sentences that people read.

Run by `make lint`. ARCHITECTURE.md has the glossary. Names are those that Python code defines (classes,
functions, arguments, variables, modules); sentences are the texts of gettext in code and templates.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The old word, and the word to use instead.
WORDS = {
    "anew": "again",
    "asked": "requested",
    "beside": "next to",
    "besides": "also",
    "mend": "fix",
    "mended": "fixed",
    "mending": "fixing",
    "mends": "fixes",
    "odd": "warning",
    "peek": "preview",
    "peeking": "preview",
    "pulse": "heartbeat",
    "said": "message",
    "spool": "staging table",
    "standing": "status",
    "tell": "show",
    "told": "rendered",
    "turn": "site transaction",
    "unfold": "build",
    "unfolding": "record builder",
    "whoever": "the person who",
}
# A button of an authenticator app turns it on or off.
ALLOWED_SENTENCES = re.compile(
    r"\bturn(ed)? (on|off|it off|them off|these reminders off|this off)\b", re.IGNORECASE
)
GETTEXT = {
    "_",
    "__",
    "_now",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
TEMPLATE_TEXT = re.compile(
    r"""{%\s*translate\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')"""
    r"""|_\("(?P<constant>[^"]*)"\)"""
    r"""|{%\s*blocktranslate[^%]*%}(?P<block>.*?){%\s*endblocktranslate""",
    re.DOTALL,
)


def words_of(name: str) -> Iterator[str]:
    """Yield the words of a name in snake case or camel case, in lower case."""
    for part in name.split("_"):
        yield from (word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", part))


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each name that code defines."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name, lineno=line) | ast.FunctionDef(name=name, lineno=line):
                yield line, name
            case ast.arg(arg=name, lineno=line):
                yield line, name
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield line, name
            case ast.Attribute(attr=name, ctx=ast.Store(), lineno=line):
                yield line, name


def sentences_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each sentence that is translated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.lineno, argument.value


def template_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each sentence of a template that is translated."""
    for found in TEMPLATE_TEXT.finditer(text):
        sentence = found["double"] or found["single"] or found["constant"] or found["block"] or ""
        yield text.count("\n", 0, found.start()) + 1, sentence


def problems_in(path: Path) -> Iterator[str]:
    """Yield a sentence for each word in a file that has a plainer one."""
    text = path.read_text(encoding="utf-8")
    names: list[tuple[int, str]] = []
    if path.suffix == ".py":
        tree = ast.parse(text)
        names, sentences = [*names_in(tree), (1, path.stem)], [*sentences_in(tree)]
    else:
        sentences = [*template_sentences(text)]
    for line, name in names:
        for word in words_of(name):
            if word in WORDS:
                yield f"{path}:{line}: the name “{name}” has the word “{word}”: {WORDS[word]}"
    for line, sentence in sentences:
        for word in re.findall(r"[a-z]+", ALLOWED_SENTENCES.sub("", sentence).lower()):
            if word in WORDS:
                yield f"{path}:{line}: the sentence “{sentence}” has the word “{word}”: {WORDS[word]}"


def main() -> int:
    """Print what was found in the files that git tracks and return the exit status."""
    listed = subprocess.run(  # a fixed command
        ["git", "ls-files", "*.py", "templates/*"],  # noqa: S607
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [Path(name) for name in listed.stdout.splitlines()]
    checked = [path for path in paths if path.exists() and path.parent.name != "migrations"]
    found = [problem for path in checked for problem in problems_in(path)]
    print("\n".join(found) or "No word that has a plainer one.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
