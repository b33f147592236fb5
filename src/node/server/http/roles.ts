import { z } from 'zod';
import { httpError } from '../errors.ts';

/** What a key may do in a catalogue; each role may do what those before it may. */
export const roles = ['read', 'review', 'admin'] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

/** @throws HttpError 'role-missing' where a client's role does not include the one that is needed */
export function requireRole(given: Role, needed: Role, client: string): void {
  if (roles.indexOf(given) >= roles.indexOf(needed)) return;
  throw httpError(
    'role-missing',
    client === ''
      ? `This needs a key with the role ${needed}: without keys, other machines may only read; start the service with --api-keys.`
      : `This needs the role ${needed}, and the key '${client}' has the role ${given}; make one with: selvedge keys add NAME --role ${needed}`,
  );
}

/**
 * A page of another site, open in a browser on this machine, could send requests to a service without keys. Its address, or the
 * name by which it calls this machine, tells it.
 * @throws HttpError 'cross-origin'
 */
export function requireOwnOrigin(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  isOwn: (host: string) => boolean,
): void {
  const { host, origin } = headers;
  const named = host === undefined ? undefined : hostname(`http://${host}`);
  if (
    (host === undefined || (named !== undefined && isOwn(named))) &&
    (origin === undefined || origin === `http://${host}`)
  )
    return;
  throw httpError(
    'cross-origin',
    'A service without keys answers only requests that name it as this machine, from no other page: use its own address, or start it with --api-keys.',
  );
}

function hostname(address: string): string | undefined {
  try {
    return new URL(address).hostname.replace(/^\[(.*)\]$/, '$1');
  } catch {
    return undefined;
  }
}
