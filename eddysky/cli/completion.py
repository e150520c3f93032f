"""Completion in the shell: the script that `_EDDYSKY_COMPLETE=bash_source eddysky` prints, and the words it asks for.

Scenarios and keys are listed without importing NumPy or Numba, so that they appear at once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ZshComplete,
    add_completion_class,
    shell_complete,
    split_arg_string,
)

from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.scenarios import Scenario

__all__ = ["VARIABLE", "complete", "complete_setting", "complete_target"]

VARIABLE = "_EDDYSKY_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


class Bash(BashComplete):
    """Click's, but for words with = in them, which bash splits, for files beside words, and no space after KEY=."""

    source_template = """\
%(complete_func)s() {
    local type value begun files=""
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value"); [[ $value != *= ]] || compopt -o nospace ;;
            file) compopt -o default; begun=$value files=yes ;;
            dir) compopt -o dirnames ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:$COMP_POINT}" %(complete_var)s=bash_complete "$1")
    # By default bash has file names only where nothing else fits.
    if [[ $files && ${#COMPREPLY[@]} -gt 0 ]]; then
        compopt -o filenames
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$begun")
    fi
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Words before the cursor, and the one at it."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        last = "" if line[-1:].isspace() else words.pop()
        return words[1:], last


class Zsh(ZshComplete):
    """Click's, but for --option=value, and without a space after KEY=."""

    source_template = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local -a plain described response
    local type key descr suffix=" "
    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(complete_var)s=zsh_complete $words[1])}")
    compset -P '--*='
    for type key descr in ${response}; do
        case $type in
            plain) [[ $descr == _ ]] && plain+=("$key") || described+=("$key:$descr") ;;
            file) _path_files -f ;;
            dir) _path_files -/ ;;
        esac
        [[ $key == *= ]] && suffix=""
    done
    [[ -z $described ]] || _describe -V unsorted described -U -S "$suffix"
    [[ -z $plain ]] || compadd -U -V unsorted -S "$suffix" -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


def complete(cli: click.Command) -> NoReturn:
    """Do what the environment variable asks for, and end the program.

    Raises
    ------
    InputError
        If it asks for nothing that there is.
    """
    asked = os.environ[VARIABLE]
    shell, _, action = asked.partition("_")
    if shell not in SHELLS or action not in ("source", "complete"):
        sources = ", ".join(f"{each}_source" for each in SHELLS)
        raise InputError(f"{VARIABLE}={asked}: must be one of {sources}")
    add_completion_class(Bash)
    add_completion_class(Zsh)
    raise SystemExit(shell_complete(cli, {}, "eddysky", VARIABLE, asked))


def complete_target(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Scenarios, or after SCENARIO/ its variants, and files."""
    from eddysky.scenarios import names

    files = CompletionItem(begun, type="file")
    name, slash, _ = begun.partition("/")
    fitting = [each for each in names() if (each == name if slash else each.startswith(name))]
    found = [] if slash else [CompletionItem(each, help=_summary(each)) for each in fitting]
    if len(fitting) == 1 and (scenario := _scenario(fitting[0])) is not None:
        titles = [f"{fitting[0]}/{variant}" for variant in scenario.variants if variant]
        found += [CompletionItem(title) for title in titles if title.startswith(begun)]
    return [files, *found]


def complete_setting(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Keys of the configuration, with the = that follows them."""
    from eddysky.simulator.config.meanings import MEANINGS

    return [
        CompletionItem(f"{key}=", help=meaning)
        for key, meaning in MEANINGS.items()
        if key.startswith(begun)
    ]


def _scenario(name: str) -> Scenario | None:
    """A scenario; None where the package that has it does not work."""
    from eddysky.scenarios import get

    try:
        return get(name)
    except InputError:
        return None


def _summary(name: str) -> str | None:
    """What a scenario shows."""
    scenario = _scenario(name)
    return None if scenario is None else scenario.summary
