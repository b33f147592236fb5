import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where data sets are kept between runs: `$XDG_CACHE_HOME` or `~/.cache`, below `selvedge`.
 *
 * @see XDG Base Directory Specification: a relative `$XDG_CACHE_HOME` is to be ignored.
 */
export function cacheFolder(dataset: string, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['XDG_CACHE_HOME'];
  const root = chosen && isAbsolute(chosen) ? chosen : join(homedir(), '.cache');
  return join(root, 'selvedge', dataset);
}
