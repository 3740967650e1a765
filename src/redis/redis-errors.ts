import { messageOf } from '../logging/describe-error.js';

/**
 * The error texts and codes of Redis and of its client library, which no other file knows: what each one means, and why Redis cannot
 * be used, in the words of Redis or of the network. A command that fails because there is no connection has a message of the
 * client library, such as "Stream isn't writeable"; the cause is in an earlier error of the connection.
 */

/** What a server that refuses a connection sends on it, before any command: because of protected mode, or of too many clients. */
const refusal = /^-([A-Z]{3,} [^\r\n]+)/;

/** ioredis: there is no connection for the command. */
const aboutConnection =
  /^(All sentinels are unreachable|Connection is closed|Stream isn't writeable|Command aborted|Reached the max retries|Cluster isn't ready|Cluster is ended|None of startup nodes)/;

/** ioredis: the server does not answer. */
const aboutSilence = /^(Command timed out|Socket timeout|connect ETIMEDOUT)/;

/** ioredis' parser: the server is of another kind. The answer of a web server begins with an H. */
const notRedis = /^(Unknown RESP type|Protocol error)/;

/** A node of a cluster refuses keys of another node, and several keys that may be on different nodes. */
const clusterNode = /^(MOVED \d|CROSSSLOT )/;

/** The reply to HELLO, with which ioredis begins, explains the command and not what is missing. */
const noPassword = /^NOAUTH /;

const noCluster = /^ERR This instance has cluster support disabled/;
const noSentinel = /^ERR unknown command ['`]sentinel\b/i;

/** ioredis' parser: the first byte of a TLS alert, with which a server that expects TLS answers. */
const tlsAlert = /^Unknown RESP type 21 /;

const closed = /^(write EPIPE|read ECONNRESET|write ECONNRESET)$/;

/** An error reply begins with its code, such as `ERR` or `WRONGPASS`; an error of the network does not. */
const ofRedis = /^(?:the sentinel \S+ says )?[A-Z]{3,} /;

const closedWords = 'it closed the connection';
const goneWords = 'there is no connection to';
const silenceWords = 'gives no answer';

const lastWords = new WeakMap<object, string>();

/** Connections that Redis itself refuses. */
const refused = new WeakSet<object>();

/** Keeps the message of the latest error of a connection, for commands that find no connection. */
export function keepWords(redis: object, error: unknown): void {
  const words = inOwnWords(error);
  if (words === undefined || isOnlyTheEndOf(redis, words)) return;
  lastWords.set(redis, words);
  if (ofRedis.test(words)) refused.add(redis);
}

/** The connection is ready again: its next loss has a reason of its own. */
export function connectionStands(redis: object): void {
  refused.delete(redis);
}

/** A server that refuses a connection closes it, and of some attempts only the close is read. */
function isOnlyTheEndOf(redis: object, words: string): boolean {
  return saysNoReason(words) && refused.has(redis);
}

/**
 * The message of Redis or of the network.
 *
 * @param error of a command; undefined: there is no connection to send it on
 */
export function wordsOf(redis: object, error?: unknown): string {
  const words = error === undefined ? undefined : inOwnWords(error);
  const own = words === undefined || isOnlyTheEndOf(redis, words) ? undefined : words;
  return own ?? lastWords.get(redis) ?? `${goneWords} it`;
}

/** Whether a message of {@link wordsOf} says only that the connection is gone: an earlier one may have the reason. */
export const saysNoReason = (words: string): boolean => words.startsWith(closedWords) || words.startsWith(goneWords);

/** Whether a message of {@link wordsOf} says only that nothing is heard of Redis. */
export const saysNoAnswer = (words: string): boolean => words.endsWith(silenceWords);

/** To be called when a connection is dropped because nothing is heard on it. */
export const keepSilence = (redis: object): void => keepWords(redis, `it ${silenceWords}`);

function says(...patterns: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    const message = messageOf(error);
    return patterns.some((pattern) => pattern.test(message));
  };
}

/**
 * Whether a reply is of a server that is the wrong one or not ready: a demoted primary, a replica, a server that loads its data,
 * one without its replicas or its cluster, one that was given a password. After a reconnection the address may lead to another
 * server. Out of memory (OOM), a full disk (MISCONF) and a missing permission (NOPERM) would be the same there. The reply may be
 * inside the error of a script, as older servers report it.
 */
export const isOfWrongServer = says(
  /(?:^|: -)(?:READONLY|UNBLOCKED|LOADING|MASTERDOWN|NOMASTERLINK|CLUSTERDOWN|NOREPLICAS|NOAUTH|WRONGPASS)\b/,
);

/** Whether the server lacks the database of the address. */
export const isMissingDatabase = says(/DB index is out of range|invalid DB index|SELECT is not allowed/);

/**
 * Whether the server forbids its user the command, also within a script, or does not know it, or a proxy in front of it does not.
 * A command that is not allowed at the moment, because of the memory, a limit or a failover, is not forbidden.
 */
export const isForbidden = says(
  /NOPERM/,
  // Redis 7.0, within a script; older and newer ones say NOPERM there, too.
  /The user executing the script can't /,
  // Envoy says unsupported.
  /(?:unknown|unsupported) (?:redis )?command/i,
  // Azure and Redis Cloud: `ERR command is not allowed`; Codis: `ERR handle request, command 'INFO' is not allowed`.
  /(?:^|: -)ERR (?:handle request, |this )?command (?:\S{1,40} )?(?:is )?not (?:allowed|permitted|supported|available)(?:\.?$| script: | by | on this )/i,
  // Upstash: `ERR Command is not available: 'INFO'. See …`.
  /(?:^|: -)ERR Command is not available: /,
  // Alibaba Cloud: `ERR command eval not support for normal user`.
  /command \S{1,40} not support for normal user/,
);

/** Whether the server does not know a script by its hash. */
export const isUnknownScript = says(/^NOSCRIPT/);

/** Whether sentinels know no primary of the name: one answers null, which ioredis takes for an invalid reply. */
export const isUnknownPrimary = says(/invalid reply: null$/);

/** @param reply the first bytes of a connection. @returns undefined: it is no refusal */
export const refusalIn = (reply: Buffer): string | undefined => refusal.exec(reply.toString())?.[1];

/** The same for a refusal because of protected mode alone. */
export const denialIn = (reply: Buffer): string | undefined => /^DENIED .*/.exec(refusalIn(reply) ?? '')?.[0];

/** Whether a command failed because its connection was lost. The server may have executed it. */
export const isLossOfConnection = says(aboutConnection, closed);

/** Whether a command failed because no reply came in time. The server may execute it later. */
export const isCommandTimeout = says(/^Command timed out$/);

/** Undefined: the error says only that there is no connection. */
function inOwnWords(error: unknown): string | undefined {
  const { lastNodeError } = error instanceof Error && 'lastNodeError' in error ? error : { lastNodeError: undefined };
  const message = messageOf(lastNodeError ?? error);
  const [, sentinel, why = message] = /^failed to connect to sentinel (\S+) because (.*)$/s.exec(message) ?? [];
  const who = sentinel === undefined ? 'it' : `the sentinel ${sentinel}`;
  // Of a sentinel with several addresses, ioredis' message lacks the reason.
  if (why === '' || aboutConnection.test(why)) return sentinel === undefined ? undefined : `${goneWords} ${who}`;
  if (aboutSilence.test(why)) return `${who} ${silenceWords}`;
  if (sentinel === undefined) return plain(why);
  if (noPassword.test(why)) return `${who} says NOAUTH (it wants a password, so REDIS_SENTINEL_PASSWORD must be set)`;
  return `${who} says ${plain(why)}`;
}

/** Without the position in a script and without a full stop at the end; errors of a wrong REDIS_URL say how to correct it. */
function plain(message: string): string {
  if (clusterNode.test(message))
    return `it is a node of a Redis Cluster, so REDIS_URL must be redis+cluster://… (${message})`;
  if (noPassword.test(message)) return 'NOAUTH (it wants a password, so REDIS_URL must have one)';
  if (noCluster.test(message)) return `it is no node of a Redis Cluster, so REDIS_URL must be redis://… (${message})`;
  if (noSentinel.test(message)) return 'it is a Redis server and no sentinel, so REDIS_URL must be redis://…';
  if (tlsAlert.test(message)) return 'it speaks TLS, so REDIS_URL must be rediss://…';
  if (notRedis.test(message))
    return `what answers there is no Redis (${message.replace(/\. Please report this\.?$/, '')})`;
  if (closed.test(message)) return `${closedWords} (${message})`;
  return message
    .replace(/^ERR Error running script .*?: -(?=[A-Z]+ )/s, '')
    .replace(/ script: [0-9a-f]{40}, on @\w+:\d+\.?$/, '')
    .replace(/(?<![.\s])[.\s]+$/, '');
}
