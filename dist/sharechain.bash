# bash completion for sharechain
# shellcheck disable=SC2207 # words without blanks

_sharechain()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]} words=

    if [ "$COMP_CWORD" = 1 ]; then
        words="init consortium serve query explain result status receipt audit demo --help --version"
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    case $previous in
    --format)
        COMPREPLY=($(compgen -W "table csv json markdown" -- "$current"))
        return
        ;;
    --dir)
        COMPREPLY=($(compgen -d -- "$current"))
        return
        ;;
    --config | --consortium)
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    esac
    case $command in
    init) words="--dir --address --consortium" ;;
    consortium) [ "$COMP_CWORD" = 2 ] && words="check accept" ;;
    serve) words="--config" ;;
    query) words="--config --format --to" ;;
    explain | status) words="--config" ;;
    result) words="--config --format" ;;
    receipt)
        case $COMP_CWORD,${COMP_WORDS[2]} in
        2,*) words="list show verify export" ;;
        *,verify | *,show) words="--consortium --config" ;;
        *,list) words="--format --config" ;;
        *,export) words="--with-result --output --force --config" ;;
        esac
        ;;
    audit) words="--config --dir --consortium --at-least" ;;
    demo) words="--keep" ;;
    esac
    COMPREPLY=($(compgen -W "$words --help" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _sharechain sharechain
