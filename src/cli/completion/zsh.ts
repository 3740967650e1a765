import { type Place, pathText, type Value } from './candidates.js';

/** A completion script for zsh 5. */
export function zshCompletion(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path.length > 0).map((place) => quoted(pathText(place)));
  const values = places.flatMap((place) =>
    place.options.flatMap(({ flags, value }) =>
      value === undefined ? [] : [`    ${patterns(place, flags)}) ${complete(value)}; return ;;`],
    ),
  );
  const words = places.map((place) => `    ${quoted(pathText(place))})\n${describe(place).join('\n')}\n      ;;`);
  return `#compdef ticket-enhancer
# zsh completion for ticket-enhancer. Load it, after compinit, with: source <(ticket-enhancer completion zsh)
_ticket_enhancer() {
  local at= word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${known.join('|')}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
}
compdef _ticket_enhancer ticket-enhancer
`;
}

function describe({ commands, options, argument }: Place): string[] {
  const flags = options.flatMap((option) => option.flags.map((flag) => entry(flag, option.description)));
  const names = commands.map(({ name, description }) => entry(name, description));
  return [
    ...(names.length === 0 ? [] : [`      candidates=(${names.join(' ')})`, '      _describe command candidates']),
    ...(argument === undefined || argument.kind === 'free' ? [] : [`      ${complete(argument)}`]),
    `      candidates=(${flags.join(' ')})`,
    '      _describe option candidates',
  ];
}

function patterns(place: Place, flags: readonly string[]): string {
  return flags.map((flag) => quoted(`${pathText(place)} ${flag}`)).join('|');
}

function complete(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `compadd -- ${value.choices.join(' ')}`;
    case 'files':
      return '_files';
    case 'free':
      return '_message value';
  }
}

/** `_describe` takes `name:description`. */
function entry(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
