#compdef ridgeline
# Completion of ridgeline for zsh. Try it: source <(ridgeline completion zsh)
# Keep it: ridgeline completion zsh > a folder of $fpath, under the name _ridgeline
_ridgeline() {
  local line
  local -a found
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( $#found )) && _describe ridgeline found
}
if [[ ${funcstack[1]} == _ridgeline ]]; then _ridgeline "$@"; else compdef _ridgeline ridgeline; fi
