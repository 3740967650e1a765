import { nearestTo } from './nearest.js';
import { variables } from './variables.js';

const known = Object.keys(variables);

/** First words of our variables that other software hardly uses: an unknown variable with one of them may be a mistake. */
const ownPrefixes = ['METRICS_', 'WORKER_', 'LLM_', 'CHILD_', 'SCRAPE_', 'CONTEXT_', 'TENANTS_', 'JOB_', 'SHUTDOWN_'];

/** What Kubernetes sets for services named like our prefixes (`METRICS_SERVICE_HOST`, `METRICS_PORT_8000_TCP`…). */
const kubernetes = /_(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_|$)/;

/** Set by Jenkins, Grid Engine and Kubernetes' indexed jobs for all that they run. */
const schedulers = /^JOB_(NAME|BASE_NAME|URL|DISPLAY_URL|ID|SCRIPT|COMPLETION_INDEX)$/;

/** How other programs and platforms name the address of Redis, or a part of it. `REDIS_EXPORTER_LOG_FORMAT` is none. */
const redisAddress =
  /^(?:REDIS|VALKEY)_(?:(?:MASTER|PRIMARY|TLS|SSL|SENTINEL|CLUSTER)_)*(?:URLS?|URI|DSN|ADDR(?:ESS)?|ENDPOINT|SERVERS?|HOST(?:NAME|S)?|PORT|NODES|SENTINELS?|TLS|SSL|DB|DATABASE|USER(?:NAME)?|PASS(?:WORD)?|AUTH|CONNECTION(?:_STRING|_URL)?)(?:_FILE)?$/;
const redisOfPlatform = /^(?:REDISCLOUD|REDISTOGO|REDISGREEN|STACKHERO_REDIS|UPSTASH_REDIS|HEROKU_REDIS)_/;

/** Names of other programs and platforms for our settings. */
const synonyms: readonly (readonly [RegExp, string])[] = [
  [/^PORT$/, 'HTTP_PORT'],
  // Without an address the service would keep its jobs in an embedded Redis, unseen.
  [redisAddress, 'REDIS_URL'],
  [redisOfPlatform, 'REDIS_URL'],
  [/^OPENAI_API_KEY$|^AZURE_OPENAI_API_KEY$/, 'LLM_API_KEY'],
  [/^OPENAI_(?:API_)?BASE(?:_URL)?$|^AZURE_OPENAI_ENDPOINT$/, 'LLM_BASE_URL'],
  [/^OPENAI_MODEL(?:_NAME)?$/, 'LLM_MODEL'],
];

/**
 * Whether Kubernetes set this for a service in the same namespace: one that is named `metrics` gives every pod a
 * `METRICS_PORT` of `tcp://10.0.0.1:8000`, which is not meant as a setting.
 */
export function isServiceLink(name: string, value: string): boolean {
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

/**
 * Unknown variables that may be meant for this service, or for other software in the same environment.
 *
 * @returns sentences: one for all that mean the same setting, and one for each other, with a suggestion where one is near
 */
export function misspelled(names: readonly string[]): string[] {
  const problems: string[] = [];
  /** Under the setting that they mean. */
  const meant = new Map<string, string[]>();
  for (const name of names) {
    if (known.includes(name) || kubernetes.test(name) || schedulers.test(name)) continue;
    const [, setting] = synonyms.find(([theirs]) => theirs.test(name)) ?? [];
    // If ours is set, the other one is meant for another program.
    if (setting !== undefined && !names.includes(setting)) {
      meant.set(setting, [...(meant.get(setting) ?? []), name]);
      continue;
    }
    const [nearest, distance] = nearestTo(name, known);
    // Two wrong letters in a long name are a misspelling; in a short one, another name.
    const isNear = distance <= 2 && name.length >= 8;
    if (!isNear && !ownPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    problems.push(`${areIgnored([name])}${distance <= 4 ? ` Did you mean ${nearest}?` : ''}`);
  }
  return [...[...meant].map(([setting, theirs]) => `${areIgnored(theirs)} Set ${setting} instead.`), ...problems];
}

const list = new Intl.ListFormat('en-GB', { style: 'long', type: 'conjunction' });

function areIgnored(names: readonly string[]): string {
  if (names.length === 1) return `${names.join('')} is not a variable of this service and is ignored.`;
  return `${list.format(names)} are not variables of this service and are ignored.`;
}
