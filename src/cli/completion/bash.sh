# Completion of ridgeline for bash. Try it: eval "$(ridgeline completion bash)"
# Keep it: ridgeline completion bash > ~/.local/share/bash-completion/completions/ridgeline
_ridgeline() {
  local line current=${COMP_WORDS[COMP_CWORD]}
  local IFS=$'\n'
  [[ $current == "=" ]] && current=
  COMPREPLY=()
  while read -r line; do
    case $line in
      :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$current")) ;;
      :folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$current")) ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ridgeline ridgeline
