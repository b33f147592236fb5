import { readFile } from 'node:fs/promises';
import { SelvedgeError } from '../core/errors.ts';

/**
 * Reads a network's JSON file, which is not checked further.
 * @param missing the message where there is no such file
 * @throws SelvedgeError 'missing-file', or 'bad-spec' where it is not JSON
 */
export async function readNetworkFile(path: string, missing: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message =
      cause.code === 'ENOENT'
        ? missing
        : `The network's file ${path} cannot be read (${cause.message}); give the path of a JSON file.`;
    throw new SelvedgeError('missing-file', message, { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { message } = cause as Error;
    throw new SelvedgeError('bad-spec', `${path} is not JSON (${message}); a network is a JSON list of layers.`, {
      cause,
    });
  }
}
