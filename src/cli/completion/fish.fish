# Completion of ridgeline for fish. Try it: ridgeline completion fish | source
# Keep it: ridgeline completion fish > ~/.config/fish/completions/ridgeline.fish
function __ridgeline_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c ridgeline -f -a '(__ridgeline_complete)'
