import { resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import type { CataloguePlace } from './database/address.ts';
import { type LockHolder, readHolder } from './database/folderLock.ts';
import { type CatalogueOptions, openCatalogue } from './openCatalogue.ts';
import {
  type CatalogueService,
  createCatalogueService,
  type InputOf,
  type OperationName,
  type OutputOf,
} from './operations/service.ts';

/** A catalogue as a command uses it. */
export interface CatalogueClient {
  call<Name extends OperationName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>>;
  /** Undefined where a server does the work, which goes on when the command ends. */
  readonly service: CatalogueService | undefined;
  close(): Promise<void>;
}

/** Where a server answers the commands of its own machine. */
export const commandPath = '/catalogue/command';

/**
 * Opens a catalogue in this process, or reaches it through the server that holds its folder.
 * @throws SelvedgeError as `openCatalogue` does
 */
export async function openClient(place: CataloguePlace, options: CatalogueOptions): Promise<CatalogueClient> {
  const holder = place.kind === 'folder' ? await readHolder(resolve(place.folder)) : undefined;
  if (holder?.server) return throughServer(holder.server);
  const service = createCatalogueService(await openCatalogue(place, options));
  return {
    service,
    async call(name, input) {
      const { input: schema, run } = service.operations[name];
      return (await (run as (input: unknown) => Promise<unknown>)(schema.parse(input))) as never;
    },
    close: () => service.close(),
  };
}

function throughServer({ url, token }: NonNullable<LockHolder['server']>): CatalogueClient {
  return {
    service: undefined,
    async call(name, input) {
      const response = await fetch(`${url}${commandPath}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ name, input }),
      }).catch((cause: Error) => {
        throw new SelvedgeError(
          'worker-failed',
          `The server at ${url} that has the catalogue does not answer (${cause.message}).`,
          {
            cause,
          },
        );
      });
      const answer = (await response.json()) as { error?: string };
      if (response.ok) return answer as never;
      throw new SelvedgeError('bad-option', answer.error ?? `The server at ${url} answered with ${response.status}.`);
    },
    close: async () => {},
  };
}
