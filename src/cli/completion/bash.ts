import { type Place, pathText, type Value } from './candidates.js';

/** A completion script for bash 3.2 and newer. */
export function bashCompletion(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path.length > 0).map((place) => `'${pathText(place)}'`);
  const values = places.flatMap((place) =>
    place.options.flatMap(({ flags, value }) =>
      value === undefined ? [] : [`    ${patterns(place, flags)}) ${complete(value)}; return ;;`],
    ),
  );
  const words = places.map((place) => {
    const all = [...place.commands.map(({ name }) => name), ...place.options.flatMap(({ flags }) => flags)];
    if (place.argument?.kind === 'choices') all.unshift(...place.argument.choices);
    const files = place.argument?.kind === 'files' ? ' files=yes' : '';
    return `    '${pathText(place)}') words='${all.join(' ')}'${files} ;;`;
  });
  return `# bash completion for ticket-enhancer. Load it with: source <(ticket-enhancer completion bash)
_ticket_enhancer() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= words= files= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${known.join('|')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "$files" ] && COMPREPLY+=($(compgen -f -- "$cur"))
  return 0
}
complete -F _ticket_enhancer ticket-enhancer
`;
}

function patterns(place: Place, flags: readonly string[]): string {
  return flags.map((flag) => `'${pathText(place)} ${flag}'`).join('|');
}

function complete(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `COMPREPLY=($(compgen -W '${value.choices.join(' ')}' -- "$cur"))`;
    case 'files':
      return 'COMPREPLY=($(compgen -f -- "$cur"))';
    case 'free':
      return 'COMPREPLY=()';
  }
}
