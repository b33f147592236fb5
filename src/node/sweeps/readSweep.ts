import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import { builtinNetworkNames } from '../../core/graph/builtin.ts';
import type { SweepVersion } from '../../core/tuning/journal.ts';
import { networkFilesOf, requireUsable } from '../../core/tuning/networks.ts';
import { parseSweep } from '../../core/tuning/spec.ts';
import { readNetworkFile } from '../networkFile.ts';

/**
 * Reads a sweep's file, YAML or JSON, and the JSON files of the networks that it names, whose paths are relative to it.
 * @param parse text → table; says what is wrong with the named file otherwise
 * @throws SelvedgeError 'missing-file', 'bad-option' or 'bad-spec'
 */
export async function readSweep(
  file: string,
  parse: (text: string, file: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<SweepVersion> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `The sweep's file ${file} cannot be read (${cause.message}).`, { cause });
  });
  const sweep = await parse(text, file);
  const spec = parseSweep(sweep, file);
  const networks = Object.fromEntries(
    await Promise.all(networkFilesOf(spec).map(async (name) => [name, await readNetwork(name, file)] as const)),
  );
  requireUsable(spec, networks, file);
  return { spec, networks, sweep, file: resolve(file) };
}

function readNetwork(name: string, file: string): Promise<unknown> {
  const missing = `${file} names the network ${name}, but there is neither a built-in network nor a file of that name beside it; the built-in networks are ${builtinNetworkNames.join(', ')}.`;
  return readNetworkFile(resolve(dirname(file), name), missing);
}

/** The name of a sweep whose file gives none. */
export function sweepNameOf({ spec, file }: SweepVersion): string {
  return spec.name ?? basename(file, extname(file));
}
