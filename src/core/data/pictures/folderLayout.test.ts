import { describe, expect, test } from 'vitest';
import { listFromFolder, requireClasses } from './folderLayout.ts';

describe('listFromFolder', () => {
  test('a folder is a class, with all that is below it; the order is that of the paths', () => {
    const list = listFromFolder(
      ['shirt/b/2.jpg', 'shirt/1.jpg', 'coat/1.jpg', 'loose.jpg'],
      ['coat', 'shirt', 'shirt/b', 'hat'],
      'p',
    );
    expect(list.classNames).toEqual(['coat', 'hat', 'shirt']);
    expect(list.entries).toEqual([
      { path: 'coat/1.jpg', label: 'coat' },
      { path: 'shirt/1.jpg', label: 'shirt' },
      { path: 'shirt/b/2.jpg', label: 'shirt' },
    ]);
    expect(list.leftOut).toEqual([{ path: 'loose.jpg', reason: 'loose.jpg is in no class folder.' }]);
  });

  test('train, validation and test have class folders of their own', () => {
    const files = ['test/a/1.jpg', 'train/a/1.jpg', 'train/b/x/1.jpg', 'train/2.jpg', 'validation/b/1.jpg'];
    const list = listFromFolder(
      files,
      ['test', 'train', 'validation', 'test/a', 'train/a', 'train/b', 'train/b/x'],
      'p',
    );
    expect(list.classNames).toEqual(['a', 'b']);
    expect(list.entries.map(({ path, label, part }) => [path, label, part])).toEqual([
      ['test/a/1.jpg', 'a', 'test'],
      ['train/a/1.jpg', 'a', 'train'],
      ['train/b/x/1.jpg', 'b', 'train'],
      ['validation/b/1.jpg', 'b', 'validation'],
    ]);
    expect(list.leftOut.map(({ path }) => path)).toEqual(['train/2.jpg']);
  });

  test('a class beside train is refused', () => {
    expect(() => listFromFolder([], ['train', 'shirt'], 'photos')).toThrow(
      /^photos has the folder shirt beside train;/,
    );
  });

  test('without train, the word test is a class like others', () => {
    expect(listFromFolder(['test/1.jpg'], ['test', 'shirt'], 'p').classNames).toEqual(['shirt', 'test']);
  });
});

describe('requireClasses', () => {
  test.each([
    [[], [], /^photos has no class: put the pictures/],
    [['a'], [0], /^photos has only the class a: a classifier needs two or more/],
    [['a', 'b'], [0, 0], /^The class b of photos has no picture that can be used;/],
  ])('%j with the labels %j is refused', (classNames, labels, message) => {
    expect(() => requireClasses(classNames, labels, 'photos')).toThrow(message);
  });

  test('a class without usable pictures has an example of what is wrong', () => {
    const reasonFor = (className: string) => (className === 'b' ? 'b/1.jpg is damaged.' : undefined);
    expect(() => requireClasses(['a', 'b'], [0], 'photos', reasonFor)).toThrow(
      'The class b of photos has no picture that can be used (b/1.jpg is damaged); add some, or remove the class.',
    );
  });

  test('two classes with a picture each pass', () => {
    expect(() => requireClasses(['a', 'b'], [1, 0], 'photos')).not.toThrow();
  });
});
