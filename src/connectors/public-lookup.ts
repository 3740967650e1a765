import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-address.js';

export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves names for connections that must not lead into a private network. The connection uses the address that was checked
 * here, so that a second resolution cannot return another one (DNS rebinding).
 *
 * @param resolve asks for all addresses of a name. Default: as the system does
 */
export function publicLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      // One private address is enough: a name that resolves to both kinds is an attempt to bypass the check.
      if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
        return callback(new ForbiddenAddressError(`${hostname} resolves to a private or reserved address`), []);
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** How long the resolution of a name may take here if a proxy resolves it anyway. Milliseconds. */
const localAnswerMs = 1000;
/** A name that cannot be resolved here is not tried again for this long: a machine behind a proxy may have no resolver. */
const unknownForMs = 60_000;
const unknownUntilMs = new Map<string, number>();

/**
 * Whether a name resolves to a private network on this machine. A proxy resolves it again, later and by other servers; names
 * that this machine cannot resolve are left to the proxy.
 */
export function isPrivateName(hostname: string): Promise<boolean> {
  if ((unknownUntilMs.get(hostname) ?? 0) > performance.now()) return Promise.resolve(false);
  return new Promise((answer) => {
    const unknown = (): void => {
      unknownUntilMs.set(hostname, performance.now() + unknownForMs);
      answer(false);
    };
    const late = setTimeout(unknown, localAnswerMs);
    lookup(hostname, { all: true }, (error, addresses) => {
      clearTimeout(late);
      if (error) unknown();
      else answer(addresses.some(({ address }) => isPrivateAddress(address)));
    });
  });
}
