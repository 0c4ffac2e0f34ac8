/** Marks in the navigation which section is being read. */
const seen = new Set<string>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.id);
      else seen.delete(target.id);
    }
    mark();
  },
  { rootMargin: '-25% 0px -60% 0px' },
);
const observed = new WeakSet<Element>();

/** After each drawing: sections come when there is something to show. */
export function followSections(): void {
  for (const section of document.querySelectorAll('main section[id]')) {
    if (observed.has(section)) continue;
    observed.add(section);
    observer.observe(section);
  }
}

function mark(): void {
  const links = [...document.querySelectorAll<HTMLElement>('nav a[data-section]')];
  const current = links.find(({ dataset }) => seen.has(dataset['section'] ?? ''));
  for (const link of links) {
    if (link === current) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
