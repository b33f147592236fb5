/** A file of the built package; the same one when this module runs from its source, as in unit tests. */
export function builtFile(path: string): URL {
  const dist = import.meta.url.endsWith('.ts') ? '../../dist/' : '../';
  return new URL(dist + path, import.meta.url);
}
