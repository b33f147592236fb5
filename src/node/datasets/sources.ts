import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { address } from './address.ts';
import { debianPackage } from './debianPackage.ts';
import { fashionMnist, type Manifest } from './manifest.ts';
import type { Remote } from './remote.ts';

/** Sources of a data set that is neither in a given folder nor in the cache; each list in order of preference. */
export interface DataSources {
  readonly manifest: Manifest;
  /** Folders in which a system's package installs it. */
  readonly installed: readonly string[];
  readonly remotes: readonly Remote[];
}

/** Fashion-MNIST as Debian packages it and as its project publishes it (README of zalandoresearch/fashion-mnist). */
export const fashionMnistSources: DataSources = {
  manifest: fashionMnist,
  installed: ['/usr/share/datasets/fashion-mnist'],
  remotes: [
    address('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'),
    address('https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/'),
    debianPackage('dataset-fashion-mnist', 'usr/share/datasets/fashion-mnist'),
  ],
};

/**
 * The folder in which downloaded data sets are stored: `$XDG_CACHE_HOME` or `~/.cache`, below `selvedge`.
 *
 * @see XDG Base Directory Specification: a relative `$XDG_CACHE_HOME` must be ignored.
 */
export function cacheFolder(dataset: string, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['XDG_CACHE_HOME'];
  const root = chosen && isAbsolute(chosen) ? chosen : join(homedir(), '.cache');
  return join(root, 'selvedge', dataset);
}
