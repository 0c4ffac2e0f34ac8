/** A button that goes when its act is done would leave whoever works by keyboard at the page's begin. */

/** From what had the focus outside of a dialog up to the root; empty: nothing had. */
let path: readonly Element[] = [];
let isInDialog = false;

/** When `draw` has taken away what had the focus, that goes to what tells of the act, or else to the heading of the place. */
export function keepFocus(draw: () => void): void {
  const before = focused();
  if (before !== null && before.closest('dialog') === null) path = pathOf(before);
  // The reader has left it. What is in front of a dialog is come back to.
  else if (before === null && !isInDialog) path = [];
  draw();
  const after = focused();
  isInDialog = after !== null && after.closest('dialog') !== null;
  if (after === null && path[0]?.isConnected === false) standIn(path);
}

function focused(): Element | null {
  const at = document.activeElement;
  return at === document.body ? null : at;
}

function pathOf(element: Element): readonly Element[] {
  const { parentElement } = element;
  return parentElement === null ? [element] : [element, ...pathOf(parentElement)];
}

function standIn(places: readonly Element[]): void {
  const place = places.find((each) => each.isConnected && each.matches('.job, article, section'));
  const told = place?.closest('.job') ?? place?.querySelector('.job') ?? place?.querySelector('h1, h2, h3');
  if (!(told instanceof HTMLElement)) return;
  told.tabIndex = -1;
  // The reader may be looking elsewhere by now.
  told.focus({ preventScroll: true });
}
