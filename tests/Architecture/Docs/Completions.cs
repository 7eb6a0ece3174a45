using System.Text;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>Shell completions, made of the command tree.</summary>
internal static class Completions
{
    private const string Made = "made by ./dev docs of the command tree; do not edit";

    public static string Bash()
    {
        var text = new StringBuilder();
        text.Append($$"""
            # bash completion for shimd; {{Made}}
            _shimd() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' options='' containers='' where=() i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        {{Names(Tree.Everywhere.Where(word => word.IsFile))}}) where+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") i=$((i + 1)) ;;
                        {{Names(Tree.Everywhere.Where(word => word.Value is not null && !word.IsFile))}}) i=$((i + 1)) ;;
                        -*) ;;
                        *) [[ -n $verb ]] || verb=${COMP_WORDS[i]} ;;
                    esac
                done
                case $verb in

            """);
        foreach (Command command in Tree.Commands)
        {
            text.Append($"        {string.Join('|', [command.Name, .. command.Aliases])})\n");
            text.Append($"            options='{string.Join(' ', command.Options.SelectMany(word => word.Names))}'\n");
            text.Append(command.TakesContainers ? "            containers=yes\n" : "");
            foreach (Word word in command.Options.Where(word => word.Value is not null))
            {
                text.Append($"            case $previous in {string.Join('|', word.Names)}) {BashValues(word)}; return ;; esac\n");
            }

            text.Append("            ;;\n");
        }

        text.Append("    esac\n    case $previous in\n");
        foreach (Word word in Tree.Everywhere.Where(word => word.Value is not null))
        {
            text.Append($"        {string.Join('|', word.Names)}) {BashValues(word)}; return ;;\n");
        }

        text.Append($$"""
                esac
                if [[ $current == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$options {{string.Join(' ', Tree.Everywhere.SelectMany(word => word.Names))}}" -- "$current")
                elif [[ -z $verb ]]; then
                    mapfile -t COMPREPLY < <(compgen -W '{{string.Join(' ', Tree.Commands.SelectMany(command => (IEnumerable<string>)[command.Name, .. command.Aliases]))}}' -- "$current")
                elif [[ -n $containers ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${where[@]}" ps -q 2>/dev/null)" -- "$current")
                else
                    mapfile -t COMPREPLY < <(compgen -f -- "$current")
                fi
            }
            complete -o filenames -F _shimd shimd

            """);
        return text.ToString();
    }

    public static string Zsh()
    {
        var text = new StringBuilder();
        text.Append($$"""
            #compdef shimd
            # zsh completion for shimd; {{Made}}

            _shimd_containers() {
                compadd -- ${(f)"$($shimd $where ps -q 2>/dev/null)"}
            }

            _shimd() {
                local context state line shimd=${(Q)words[1]}
                local -i i
                typeset -A opt_args
                local -a everywhere verbs where
                for ((i = 2; i < CURRENT; i++)); do
                    case $words[i] in
                        {{Names(Tree.Everywhere.Where(word => word.IsFile))}}) where+=($words[i] ${(Q)words[i + 1]}) ;;
                    esac
                done
                everywhere=(

            """);
        foreach (Word word in Tree.Everywhere)
        {
            text.Append(ZshOption(word, "        "));
        }

        text.Append("    )\n    verbs=(\n");
        foreach (Command command in Tree.Commands)
        {
            text.Append($"        {Quote($"{command.Name}:{command.Description.TrimEnd('.')}")}\n");
        }

        text.Append("    )\n    _arguments -C $everywhere '1: :->verb' '*:: :->rest'\n    case $state in\n        verb) _describe verb verbs ;;\n        rest)\n            case $words[1] in\n");
        foreach (Command command in Tree.Commands)
        {
            text.Append($"                {string.Join('|', [command.Name, .. command.Aliases])})\n                    _arguments $everywhere \\\n");
            foreach (Word word in command.Options)
            {
                text.Append(ZshOption(word, "                        ").Replace("\n", " \\\n", StringComparison.Ordinal));
            }

            text.Append($"                        '*: :{(command.TakesContainers ? "_shimd_containers" : "_files")}'\n                    ;;\n");
        }

        return text.Append("            esac\n            ;;\n    esac\n}\n\n_shimd \"$@\"\n").ToString();
    }

    public static string Fish()
    {
        var text = new StringBuilder();
        text.Append($$"""
            # fish completion for shimd; {{Made}}
            function __shimd_containers
                set -l words (commandline -opc)
                set -l where
                for i in (seq 2 (count $words))
                    if contains -- $words[$i] {{string.Join(' ', Tree.Everywhere.Where(word => word.IsFile).SelectMany(word => word.Names))}}
                        set -a where $words[$i] $words[(math $i + 1)]
                    end
                end
                $words[1] $where ps -q 2>/dev/null
            end
            complete -c shimd -f

            """);
        foreach (Word word in Tree.Everywhere)
        {
            text.Append($"complete -c shimd{FishOption(word)}\n");
        }

        foreach (Command command in Tree.Commands)
        {
            text.Append($"complete -c shimd -n __fish_use_subcommand -a {command.Name} -d {Quote(command.Description.TrimEnd('.'))}\n");
            string seen = Quote($"__fish_seen_subcommand_from {string.Join(' ', [command.Name, .. command.Aliases])}");
            foreach (Word word in command.Options)
            {
                text.Append($"complete -c shimd -n {seen}{FishOption(word)}\n");
            }

            text.Append(command.TakesContainers ? $"complete -c shimd -n {seen} -a '(__shimd_containers)'\n" : "");
        }

        return text.ToString();
    }

    private static string BashValues(Word word) =>
        word.Choices.Count > 0 ? $"mapfile -t COMPREPLY < <(compgen -W '{string.Join(' ', word.Choices)}' -- \"$current\")"
        : word.IsDirectory ? "mapfile -t COMPREPLY < <(compgen -d -- \"$current\")"
        : word.IsFile ? "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
        : "COMPREPLY=()";

    private static string ZshOption(Word word, string indent)
    {
        string description = word.Description.Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
        string value = word.Value is null ? ""
            : $":{word.Names[0][2..]}:" + (word.Choices.Count > 0 ? $"({string.Join(' ', word.Choices)})" : word.IsDirectory ? "_files -/" : word.IsFile ? "_files" : " ");
        bool isRepeatable = word.Description.EndsWith("(repeatable)", StringComparison.Ordinal);
        return string.Join('\n', word.Names.Select(name => indent + Quote($"{(isRepeatable ? "*" : "")}{name}[{description}]{value}"))) + "\n";
    }

    private static string FishOption(Word word)
    {
        string names = string.Concat(word.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}"));
        string value = word.Choices.Count > 0 ? $" -x -a {Quote(string.Join(' ', word.Choices))}" : word.IsFile ? " -r -F" : word.Value is null ? "" : " -x";
        return $"{names}{value} -d {Quote(word.Description)}";
    }

    private static string Names(IEnumerable<Word> words) => string.Join('|', words.SelectMany(word => word.Names));

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
