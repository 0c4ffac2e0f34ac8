/** RFC 7396 JSON merge patch, on values whose numbers keep their text. */
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** `target` as `patch` makes it; undefined stands for no value at all. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), change));
  }
  return Object.fromEntries(merged) satisfies JsonObject; // defines its keys, so `__proto__` is one like any other
}
