# bash completion for sharechain: the program's own --help says what there is.
# shellcheck disable=SC2207 # words without blanks

# Names of commands, of one word or two.
_sharechain_commands()
{
    "$1" --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p'
}

_sharechain()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local program=${COMP_WORDS[0]} first=${COMP_WORDS[1]} commands words

    type -P "$program" >/dev/null || return
    case $previous in
    --format)
        COMPREPLY=($(compgen -W "table csv json markdown" -- "$current"))
        return
        ;;
    --dir)
        COMPREPLY=($(compgen -d -- "$current"))
        return
        ;;
    --consortium)
        [ "$first" = init ] || COMPREPLY=($(compgen -f -- "$current")) # a name
        return
        ;;
    --config | --socket | --output | --key | --part | --ciphertexts | --passphrase-file)
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    esac
    commands=$(_sharechain_commands "$program" 2>/dev/null)
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(cut -d' ' -f1 <<<"$commands" | sort -u) --help --version"
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    words=$(sed -n "s/^$first \([a-z]*\)$/\1/p" <<<"$commands")
    if [ "$COMP_CWORD" = 2 ] && [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words --help" -- "$current"))
        return
    fi
    # the second word is one of the command's name, or not
    words="$("$program" "$first" ${words:+"${COMP_WORDS[2]}"} --help 2>/dev/null |
        grep -o -e '--[a-z][a-z-]*' | sort -u)"
    COMPREPLY=($(compgen -W "$words --help" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _sharechain sharechain
