/**
 * Works on a list in pieces of `size`, `atOnce` of them side by side. Resolves when all are done. When one fails no other is begun, and
 * it rejects only after those under way have ended: whoever is told of the failure can be sure that nothing goes on.
 */
export async function inChunks<T>(
  items: readonly T[],
  size: number,
  atOnce: number,
  work: (chunk: readonly T[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !hasFailed) {
      const chunk = items.slice(next, next + size);
      next += size;
      try {
        await work(chunk);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
