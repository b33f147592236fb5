import { readFile } from 'node:fs/promises';
import { SelvedgeError } from '../../../core/errors.ts';

/** Where a catalogue is. */
export type CataloguePlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'server'; readonly address: string };

export interface PlaceFlags {
  readonly store?: string;
  readonly database?: string;
  readonly databaseFile?: string;
}

export const databaseVariable = 'SELVEDGE_DATABASE';

/**
 * The place that the options name, or else the environment. An address has a password, which other users can read in a command line:
 * a file or the environment keeps it.
 * @throws SelvedgeError 'bad-option' where they name none or more than one; 'missing-file'
 */
export async function placeFrom(flags: PlaceFlags, environment = process.env): Promise<CataloguePlace> {
  const given = [flags.store, flags.database, flags.databaseFile].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new SelvedgeError('bad-option', 'Name one place: --store DIR, --database ADDRESS or --database-file FILE.');
  }
  if (flags.store !== undefined) return { kind: 'folder', folder: flags.store };
  const fromFile = flags.databaseFile === undefined ? undefined : await addressIn(flags.databaseFile);
  const address = flags.database ?? fromFile ?? environment[databaseVariable];
  if (address === undefined || address === '') {
    throw new SelvedgeError(
      'bad-option',
      `Say where the catalogue is: --store DIR for a folder, or --database ADDRESS, --database-file FILE or ${databaseVariable} for a PostgreSQL server.`,
    );
  }
  if (!/^postgres(ql)?:\/\//.test(address)) {
    throw new SelvedgeError(
      'bad-option',
      "The database's address should have the form postgres://user:password@host:5432/name.",
    );
  }
  return { kind: 'server', address };
}

async function addressIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} cannot be read (${cause.message}).`, { cause });
  });
  return text.trim();
}
