import { createServer } from 'node:http';
import { listenOnFreePort, readBody } from '../http-server.js';

/** Zoho's accounts server: an access token for a refresh token, and errors that come with HTTP 200. */
export interface ZohoAccounts {
  readonly url: string;
  /** Forms that were posted, in order. */
  readonly asked: URLSearchParams[];
  readonly paths: string[];
  /** The tokens that were given. */
  readonly given: string[];
  /** What it answers from now on; undefined: as documented. */
  answer(how: { readonly status: number; readonly body: object | string } | undefined): void;
  close(): Promise<void>;
}

export async function startZohoAccounts(refreshToken = '1000.refresh', expiresIn = 3600): Promise<ZohoAccounts> {
  const asked: URLSearchParams[] = [];
  const paths: string[] = [];
  const given: string[] = [];
  let odd: { readonly status: number; readonly body: object | string } | undefined;

  function answerTo(form: URLSearchParams): { status: number; body: object | string } {
    if (odd !== undefined) return odd;
    if (form.get('grant_type') !== 'refresh_token') return { status: 200, body: { error: 'invalid_grant' } };
    if (form.get('client_id') !== 'client' || form.get('client_secret') !== 'client-secret') {
      return { status: 200, body: { error: 'invalid_client' } };
    }
    if (form.get('refresh_token') !== refreshToken) return { status: 200, body: { error: 'invalid_code' } };
    const token = `1000.access-${given.length + 1}`;
    given.push(token);
    const body = { access_token: token, api_domain: 'https://www.zohoapis.com', token_type: 'Bearer' };
    return { status: 200, body: { ...body, scope: 'SDPOnDemand.requests.ALL', expires_in: expiresIn } };
  }

  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      paths.push(request.url ?? '');
      const form = new URLSearchParams(text);
      asked.push(form);
      const { status, body } = answerTo(form);
      response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    paths,
    given,
    answer: (how) => {
      odd = how;
    },
    close,
  };
}
