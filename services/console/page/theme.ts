/** Light, dark, or as the system has it: the reader's choice, kept in this browser. Read before anything is drawn. */
export const SCHEMES = ['auto', 'light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

const KEY = 'readside.scheme';

export function chosenScheme(): Scheme {
  const kept = localStorage.getItem(KEY);
  return SCHEMES.find((each) => each === kept) ?? 'auto';
}

export function chooseScheme(name: string): void {
  localStorage.setItem(KEY, name);
  apply();
  document.dispatchEvent(new Event('themechange'));
}

function apply(): void {
  document.documentElement.dataset['scheme'] = chosenScheme();
}

apply();
