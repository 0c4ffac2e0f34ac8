/** The anchor of a heading, as forges make it of its text, so that a link works there and on the site. */
export function slug(text) {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
