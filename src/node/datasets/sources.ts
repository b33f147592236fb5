import { address } from './address.ts';
import { debianPackage } from './debianPackage.ts';
import { fashionMnist, type Manifest } from './manifest.ts';
import type { Remote } from './remote.ts';

/** Where a data set may come from, once neither a named folder nor the cache has it; each list in order of preference. */
export interface DataSources {
  readonly manifest: Manifest;
  /** Folders where a system's package installs it. */
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
