/** The page is served as it stands in the sources, from `src` and from `dist` alike: a browser needs no build. */
export const pageFolder = new URL('../src/page/', import.meta.url);
