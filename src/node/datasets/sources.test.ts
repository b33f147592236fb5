import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { cacheFolder } from './sources.ts';

it('follows XDG_CACHE_HOME when it is absolute, else takes ~/.cache', () => {
  expect(cacheFolder('some-set', { XDG_CACHE_HOME: '/var/tmp/caches' })).toBe('/var/tmp/caches/selvedge/some-set');
  for (const chosen of [undefined, '', 'relative']) {
    expect(cacheFolder('some-set', { XDG_CACHE_HOME: chosen })).toBe(`${homedir()}/.cache/selvedge/some-set`);
  }
});
