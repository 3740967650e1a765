import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { problemOf, sendProblem } from '../http/problem.js';

/** `basic` is for browsers, which cannot send a bearer token by themselves: any user, the token as the password. */
export type TokenScheme = 'bearer' | 'basic';

/** Compares in constant time; hashing first makes the lengths equal. */
function same(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** Whether the `Authorization` header holds this token as a bearer token. */
export function hasBearerToken(authorization: string | undefined, token: string): boolean {
  return same(/^Bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1] ?? '', token);
}

/** Whether the header holds this token as the password of HTTP Basic (RFC 7617). */
export function hasBasicPassword(authorization: string | undefined, token: string): boolean {
  const pair = basicPair(authorization);
  return same(pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : '', token);
}

/** The user name of HTTP Basic, for the audit log; undefined: the header has another scheme. */
export function basicUser(authorization: string | undefined): string | undefined {
  const pair = basicPair(authorization);
  return pair.includes(':') ? pair.slice(0, pair.indexOf(':')) : undefined;
}

function basicPair(authorization: string | undefined): string {
  const encoded = /^Basic\s+([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1] ?? '';
  return Buffer.from(encoded, 'base64').toString('utf8');
}

export interface TokenRule {
  /** Undefined: none is required. */
  readonly token: string | undefined;
  /** The variable that sets it, named in the answer. */
  readonly variable: string;
  readonly schemes: readonly TokenScheme[];
}

const checks = { bearer: hasBearerToken, basic: hasBasicPassword } as const;
const how = { bearer: 'as a bearer token', basic: 'as the password of any user' } as const;

export function permits({ token, schemes }: TokenRule, authorization: string | undefined): boolean {
  return token === undefined || schemes.some((scheme) => checks[scheme](authorization, token));
}

/** Answers 401 with the token that is required, and how to send it (RFC 9110, section 11.6.1). */
export function refuse({ variable, schemes }: TokenRule, response: ServerResponse): void {
  const challenges = {
    bearer: `Bearer realm="${variable}"`,
    basic: `Basic realm="${variable}", charset="UTF-8"`,
  } as const;
  response.setHeader(
    'WWW-Authenticate',
    schemes.map((scheme) => challenges[scheme]),
  );
  const ways = schemes.map((scheme) => how[scheme]).join(' or ');
  sendProblem(response, problemOf(401, `This address requires ${variable}, ${ways}.`));
}

/** Refuses requests without the token. */
export function requireToken(rule: TokenRule): RequestHandler {
  return (request, response, next) => {
    if (permits(rule, request.headers.authorization)) next();
    else refuse(rule, response);
  };
}
