import { type OptionCandidate, type Place, pathText, type Value } from './candidates.js';

/** A completion script for fish 3. */
export function fishCompletion(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path.length > 0).map((place) => quoted(pathText(place)));
  return `# fish completion for ticket-enhancer. Load it with: ticket-enhancer completion fish | source
function __ticket_enhancer_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${known.join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c ticket-enhancer -f
${places.flatMap(linesFor).join('\n')}
`;
}

function linesFor(place: Place): string[] {
  const here = `complete -c ticket-enhancer -n ${quoted(`__ticket_enhancer_at ${quoted(pathText(place))}`)}`;
  return [
    ...place.commands.map(({ name, description }) => `${here} -a ${name} -d ${quoted(description)}`),
    ...(place.argument === undefined ? [] : argument(here, place.argument)),
    ...place.options.map((option) => `${here} ${flags(option)}${value(option)} -d ${quoted(option.description)}`),
  ];
}

function flags(option: OptionCandidate): string {
  return option.flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
}

function value(option: OptionCandidate): string {
  switch (option.value?.kind) {
    case undefined:
      return '';
    case 'choices':
      return ` -x -a ${quoted(option.value.choices.join(' '))}`;
    case 'files':
      return ' -r -F';
    case 'free':
      return ' -x';
  }
}

function argument(here: string, given: Value): string[] {
  switch (given.kind) {
    case 'choices':
      return [`${here} -a ${quoted(given.choices.join(' '))}`];
    case 'files':
      return [`${here} -F`];
    case 'free':
      return [];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
