import { SelvedgeError } from '../../../core/errors.ts';

/** Versions that work together and run on Node 20. */
const commands = {
  folder: 'npm install @electric-sql/pglite@0.5.14 @electric-sql/pglite-pgvector@0.0.15 pg-boss@10.4.2 pg@8',
  server: 'npm install pg@8 pg-boss@10.4.2',
} as const;

/**
 * Loads a package that only the catalogue needs, and that not everyone installs.
 * @throws SelvedgeError 'bad-option' with the command that installs it
 */
export async function loadOptional<T>(load: () => Promise<T>, kind: keyof typeof commands): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SelvedgeError(
      'bad-option',
      `The catalogue needs packages that are not installed; install them with: ${commands[kind]}`,
      { cause },
    );
  }
}
