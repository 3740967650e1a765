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
 * Resolves names for connections that must not lead into a private network. The connection goes to the very address that
 * was looked at here, so that a name cannot mean another one a moment later.
 *
 * @param resolve asks for all addresses of a name. Default: as the system does
 */
export function publicLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      // One bad address is enough: a name that resolves to both is made to slip through.
      if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
        return callback(new ForbiddenAddressError(`${hostname} resolves to a private or reserved address`), []);
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
