/** A page that comes is sent the latest look, which is old when the system could not be looked at since. Pure. */

/** Milliseconds from the look to the server's answer that brings it; both times are of the server's machine. `servedAt`: the answer's Date. */
export function ageOfLook(at: string, servedAt: string | null): number {
  const age = Date.parse(servedAt ?? '') - Date.parse(at);
  // A Date has whole seconds, and so may be before the look; without one, nothing is known.
  return Number.isNaN(age) ? 0 : Math.max(0, age);
}
