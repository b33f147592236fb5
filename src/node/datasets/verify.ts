import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SelvedgeError } from '../../core/errors.ts';
import type { ExpectedFile } from './manifest.ts';

const gunzipped = promisify(gunzip);

/**
 * Unpacks a file if it is gzipped (recognised by its first bytes, not its name) and checks length and SHA-256.
 *
 * @param advice the end of the message about a wrong file.
 * @returns the uncompressed bytes.
 * @throws SelvedgeError `bad-data`, beginning with `name`.
 */
export async function verifiedContent(
  bytes: Uint8Array,
  expected: ExpectedFile,
  name: string,
  advice: string,
): Promise<Uint8Array> {
  const content = await unpacked(bytes, expected, name, advice);
  if (content.length !== expected.bytes) {
    const fault = content.length < expected.bytes ? 'is cut short' : 'is too long';
    throw badFile(name, `${fault}: ${expected.bytes} bytes were expected, it has ${content.length}`, advice);
  }
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 !== expected.sha256) {
    throw badFile(name, `has been changed: SHA-256 ${expected.sha256} was expected, it has ${sha256}`, advice);
  }
  // Not as Node's Buffer, whose `slice` shares memory where a Uint8Array's copies.
  return new Uint8Array(content.buffer, content.byteOffset, content.length);
}

async function unpacked(bytes: Uint8Array, expected: ExpectedFile, name: string, advice: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await gunzipped(bytes, { maxOutputLength: expected.bytes });
  } catch (cause) {
    const fault =
      (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? `unpacks to more than the ${expected.bytes} bytes expected`
        : 'is a damaged or cut short gzip file';
    throw badFile(name, fault, advice, cause);
  }
}

function badFile(name: string, fault: string, advice: string, cause?: unknown): SelvedgeError {
  return new SelvedgeError('bad-data', `${name} ${fault}; ${advice}.`, { cause });
}
