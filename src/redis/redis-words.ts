import { messageOf } from '../logging/describe-error.js';

/**
 * Why Redis cannot be used, in its own words. A command that fails because its connection is gone carries a sentence of the
 * client library, such as "Stream isn't writeable"; what ended the connection, or refused it, was said before that.
 */

/** Sentences of ioredis about commands whose connection is not there. */
const aboutConnection =
  /^(All sentinels are unreachable|Connection is closed|Stream isn't writeable|Command aborted|Reached the max retries|Cluster isn't ready|Cluster is ended|None of startup nodes)/;

/** Sentences of ioredis for a server that says nothing. */
const aboutSilence = /^(Command timed out|Socket timeout|connect ETIMEDOUT)/;

/** Sentences of ioredis' parser, for a server of another kind: a web server's answer begins with an H. */
const notRedis = /^(Unknown RESP type|Protocol error)/;

/** A node of a cluster refuses keys of another node, and several keys that other nodes could have. */
const clusterNode = /^(MOVED \d|CROSSSLOT )/;

/** The first byte of a TLS alert, which a server that expects TLS answers. */
const tlsAlert = /^Unknown RESP type 21 /;

const closed = /^(write EPIPE|read ECONNRESET|write ECONNRESET)$/;

const closedWords = 'it closed the connection';
const goneWords = 'there is no connection to';

const lastWords = new WeakMap<object, string>();

/** Keeps what was said last of or by this server; asked for when a command finds no connection. */
export function keepWords(redis: object, error: unknown): void {
  const words = inOwnWords(error);
  if (words !== undefined) lastWords.set(redis, words);
}

/**
 * What Redis or the network to it said.
 *
 * @param error of a command; undefined: there is no connection to send one on
 */
export function wordsOf(redis: object, error?: unknown): string {
  return (error === undefined ? undefined : inOwnWords(error)) ?? lastWords.get(redis) ?? `${goneWords} it`;
}

/** True: these words of {@link wordsOf} say only that the connection is gone, not why. */
export const saysNoReason = (words: string): boolean => words.startsWith(closedWords) || words.startsWith(goneWords);

/** Undefined: the error says no more than that the connection is not there. */
function inOwnWords(error: unknown): string | undefined {
  const { lastNodeError } = error instanceof Error && 'lastNodeError' in error ? error : { lastNodeError: undefined };
  const message = messageOf(lastNodeError ?? error);
  const [, sentinel, why = message] = /^failed to connect to sentinel (\S+) because (.*)$/s.exec(message) ?? [];
  const who = sentinel === undefined ? 'it' : `the sentinel ${sentinel}`;
  if (aboutConnection.test(why)) return sentinel === undefined ? undefined : `${goneWords} ${who}`;
  if (aboutSilence.test(why)) return `${who} gives no answer`;
  return sentinel === undefined ? plain(why) : `${who} says ${plain(why)}`;
}

/** Without where in a script it happened, which only a developer of the script can use, and without an end of its own. */
function plain(message: string): string {
  if (clusterNode.test(message))
    return `it is a node of a Redis Cluster, so REDIS_URL must be redis+cluster://… (${message})`;
  if (tlsAlert.test(message)) return 'it speaks TLS, so REDIS_URL must be rediss://…';
  if (notRedis.test(message))
    return `what answers there is no Redis (${message.replace(/\. Please report this\.?$/, '')})`;
  if (closed.test(message)) return `${closedWords} (${message})`;
  return message
    .replace(/^ERR Error running script .*?: -(?=[A-Z]+ )/s, '')
    .replace(/ script: [0-9a-f]{40}, on @\w+:\d+\.?$/, '')
    .replace(/(?<![.\s])[.\s]+$/, '');
}
