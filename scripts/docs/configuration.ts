import type { Variable } from '../../src/config/variable-kinds.js';
import { variables } from '../../src/config/variables.js';

/** The table of docs/configuration.md. */
export function configurationTable(): string {
  const all: [string, Variable][] = Object.entries(variables);
  const rows = all.map(([name, { type, unit, default: byDefault, meaning, secret, atStartOnly }]) => {
    const cells = [
      `\`${name}\``,
      secret && type !== 'secret' ? `${type} (secret)` : type,
      unit,
      byDefault && `\`${byDefault}\``,
      atStartOnly === true ? 'restart' : 'reload',
      meaning,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| name | type | unit | default | change | meaning |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
