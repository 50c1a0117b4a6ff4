"""`bipro-sync completion`: what a shell needs to complete our commands, options, insurers and open shipments.

The scripts take lines as data and evaluate none: among them are ids that insurers gave.
"""

from __future__ import annotations

import typer

from .console import invocation


_BASH = """\
# bipro-sync: completion for bash.  Put it where bash-completion looks, or source it.
_bipro_sync() {
    local value said
    COMPREPLY=()
    while IFS=$'\\t' read -r value said; do
        COMPREPLY+=("$value")
    done < <("${COMP_WORDS[0]}" completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _bipro_sync bipro-sync
"""
_ZSH = """\
#compdef bipro-sync
# bipro-sync: completion for zsh.  Put it as _bipro-sync into a directory of $fpath.
_bipro-sync() {
    local value said
    local -a values
    while IFS=$'\\t' read -r value said; do
        values+=("${value//:/\\\\:}:$said")
    done < <(${words[1]} completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#values )); then
        _describe 'bipro-sync' values
    else
        _files
    fi
}
if [ "$funcstack[1]" = "_bipro-sync" ]; then
    _bipro-sync "$@"
else
    compdef _bipro-sync bipro-sync
fi
"""
_FISH = """\
# bipro-sync: completion for fish.  Put it as bipro-sync.fish into ~/.config/fish/completions.
function __bipro_sync_words
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l last (commandline --current-token --cut-at-cursor)
    set -l found ($words[1] completion words -- $words[2..-1] "$last" 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path "$last"
    end
end
complete --command bipro-sync --no-files --arguments '(__bipro_sync_words)'
"""


def register(app: typer.Typer) -> None:
    """
    Add the scripts, and the command that they ask.
    """
    group = typer.Typer(help="Completion for a shell: commands, options and names.")
    for shell, script in (("bash", _BASH), ("zsh", _ZSH), ("fish", _FISH)):
        _add(group, shell, script)
    # The words are taken as they are, whatever options they look like.
    group.command("words", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(words)
    app.add_typer(group, name="completion")


def _add(group: typer.Typer, shell: str, script: str) -> None:
    def print_script(context: typer.Context) -> None:
        console = invocation(context).console
        if console.json:
            console.document({"shell": shell, "script": script})
        else:
            console.text(script)

    group.command(shell, help=f"Print the script for {shell}.")(print_script)


def words(context: typer.Context) -> None:
    """
    Print what the last of the words behind -- may become, one a line.  The scripts ask it; it says nothing rather than
    fail.
    """
    from .completing import Candidate, completed

    this = invocation(context)
    found = completed(context.find_root().command, context.args or [""], this.identity)

    def line(each: Candidate) -> str:
        return f"{each.value}\t{each.said}\n" if each.said else f"{each.value}\n"

    if this.console.json:
        this.console.document([each.value for each in found])
    else:
        this.console.text("".join(map(line, found)))
