import { type Variable, variables } from '../../src/config/variables.js';

/** The table of docs/configuration.md. */
export function configurationTable(): string {
  const all: [string, Variable][] = Object.entries(variables);
  const rows = all.map(([name, { type, unit, default: byDefault, meaning, secret }]) => {
    const cells = [
      `\`${name}\``,
      `${type}${secret ? ' (secret)' : ''}`,
      unit,
      byDefault && `\`${byDefault}\``,
      meaning,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| name | type | unit | default | meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}
